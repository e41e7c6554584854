-- orch: search that loses nothing under a filter, whatever hides the rows: the caller's filters or row-level security.
-- HNSW looks only at the neighbours of a query. When few of them may be seen it finds too few, or the wrong ones. So
-- the rows in question are counted first, and few are compared one by one. Safe to run twice.
do $$ begin perform '[1]'::vector; exception when undefined_object then
  execute 'select ''[1]''::extensions.vector'; end $$;
set search_path = public, extensions;

-- Counting reads an index only. They replace the two of one column each.
create index if not exists orchestrator_global_memory_category_shared_idx
  on public.orchestrator_global_memory (category, shared, source_instance);
create index if not exists orchestrator_global_memory_source_shared_idx
  on public.orchestrator_global_memory (source_instance, shared);
create index if not exists orchestrator_global_memory_shared_idx
  on public.orchestrator_global_memory (updated_at, id) include (orch_key) where shared;
drop index if exists public.orchestrator_global_memory_category_idx;
drop index if exists public.orchestrator_global_memory_source_idx;

create or replace function public.match_global_memory(
  query_embedding vector(384), match_count int default 10, filter_category text default null,
  filter_source text default null, only_shared boolean default false)
returns table (id bigint, content text, source_instance text, category text, shared boolean, metadata jsonb,
               created_at timestamptz, orch_key text, similarity double precision)
language plpgsql stable security invoker
set search_path = public, extensions
set hnsw.iterative_scan = relaxed_order
set hnsw.ef_search = 200
set hnsw.max_scan_tuples = 100000
set hnsw.scan_mem_multiplier = 8
as $$
declare
  exact_rows constant int := 20000;   -- up to here comparing each row costs what the index does under a filter
  wanted     constant int := greatest(1, least(match_count, 200));
  -- only what was asked for stands in the statement, so that each gets a plan of its own
  matching   constant text := 'from public.orchestrator_global_memory m where true'
    || case when filter_category is null then '' else ' and m.category = $2' end
    || case when filter_source   is null then '' else ' and m.source_instance = $3' end
    || case when only_shared then ' and m.shared' else '' end;
  ids        bigint[];
  candidates bigint;
begin
  execute format('select count(*) from (select %s limit %s) c', matching, exact_rows + 1)
    into candidates using query_embedding, filter_category, filter_source;
  if candidates > exact_rows then      -- more than are asked for: relaxed order is only roughly the nearest first
    execute format('select array_agg(n.id) from (select m.id %s order by m.embedding <=> $1 limit %s) n',
                   matching, 4 * wanted + 60)
      into ids using query_embedding, filter_category, filter_source;
  end if;
  if coalesce(cardinality(ids), 0) < least(candidates, wanted) then      -- "+ 0": no index gives this order
    execute format('select array_agg(n.id) from (select m.id %s order by (m.embedding <=> $1) + 0, m.id limit %s) n',
                   matching, wanted)
      into ids using query_embedding, filter_category, filter_source;
  end if;
  return query
    select m.id, m.content, m.source_instance, m.category, m.shared, m.metadata, m.created_at, m.orch_key,
           1 - (m.embedding <=> query_embedding)
    from public.orchestrator_global_memory m where m.id = any (ids)
    order by (m.embedding <=> query_embedding) + 0, m.id limit wanted;
end $$;
revoke all on function public.match_global_memory(vector, int, text, text, boolean) from public;
grant execute on function public.match_global_memory(vector, int, text, text, boolean) to anon, authenticated, service_role;

notify pgrst, 'reload schema';
