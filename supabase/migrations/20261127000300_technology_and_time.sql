-- orch: search in what speaks of a technology, or was written down since a time, chosen here and not among the nearest
-- rows of all. Safe to run twice.
do $$ begin perform '[1]'::vector; exception when undefined_object then
  execute 'select ''[1]''::extensions.vector'; end $$;
set search_path = public, extensions;

-- Names as `technologies` (else `technology`) of the metadata lists them, or is one; whatever their case. Built-in
-- functions only: one of our own would be called for each row.
create index if not exists orchestrator_global_memory_technology_idx on public.orchestrator_global_memory
  using gin ((lower(coalesce(nullif(metadata->'technologies', '[]'), metadata->'technology')::text)::jsonb));
create index if not exists orchestrator_global_memory_created_idx on public.orchestrator_global_memory (created_at);

-- `match_global_memory` with two more filters; that one asks this one, so that both find alike.
create or replace function public.nearest_global_memory(
  query_embedding vector(384), match_count int default 10, filter_category text default null,
  filter_source text default null, only_shared boolean default false,
  filter_technology text default null, filter_since timestamptz default null)
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
  -- Up to here each row is compared (8 ms a thousand): more in a larger memory, where the graph finds less under a
  -- filter, most of all under one by subject, whose rows are not the neighbours of what is asked for. Counting the rows
  -- of a technology costs as much as comparing them: no index holds it alone.
  by_subject constant boolean := filter_technology is null and coalesce(filter_source, filter_since::text) is not null;
  total      constant real := (select c.reltuples from pg_catalog.pg_class c
                               where c.oid = 'public.orchestrator_global_memory'::pg_catalog.regclass);
  exact_rows constant int := greatest(20000, case when by_subject then least(150000, total / 4)
                                             else least(60000, total / 16) end);
  wanted     constant int := greatest(1, least(match_count, 200));
  -- only what was asked for stands in the statement, so that each gets a plan of its own
  matching   constant text := 'from public.orchestrator_global_memory m where true'
    || case when filter_category is null then '' else ' and m.category = $2' end
    || case when filter_source   is null then '' else ' and m.source_instance = $3' end
    || case when only_shared then ' and m.shared' else '' end
    || case when filter_technology is null then '' else
         ' and lower(coalesce(nullif(m.metadata->''technologies'', ''[]''), m.metadata->''technology'')::text)::jsonb'
         ' ? lower($4)' end
    || case when filter_since is null then '' else ' and m.created_at >= $5' end;
  ids        bigint[];
  candidates bigint;
begin
  execute format('select count(*) from (select %s limit %s) c', matching, exact_rows + 1)
    into candidates using query_embedding, filter_category, filter_source, filter_technology, filter_since;
  if candidates > exact_rows then      -- more than are asked for: relaxed order is only roughly the nearest first
    execute format('select array_agg(n.id) from (select m.id %s order by m.embedding <=> $1 limit %s) n',
                   matching, 4 * wanted + 60)
      into ids using query_embedding, filter_category, filter_source, filter_technology, filter_since;
  end if;
  if coalesce(cardinality(ids), 0) < least(candidates, wanted) then      -- "+ 0": no index gives this order
    execute format('select array_agg(n.id) from (select m.id %s order by (m.embedding <=> $1) + 0, m.id limit %s) n',
                   matching, wanted)
      into ids using query_embedding, filter_category, filter_source, filter_technology, filter_since;
  end if;
  return query
    select m.id, m.content, m.source_instance, m.category, m.shared, m.metadata, m.created_at, m.orch_key,
           1 - (m.embedding <=> query_embedding)
    from public.orchestrator_global_memory m where m.id = any (ids)
    order by (m.embedding <=> query_embedding) + 0, m.id limit wanted;
end $$;
revoke all on function public.nearest_global_memory(vector, int, text, text, boolean, text, timestamptz) from public;
grant execute on function public.nearest_global_memory(vector, int, text, text, boolean, text, timestamptz)
  to anon, authenticated, service_role;

create or replace function public.match_global_memory(
  query_embedding vector(384), match_count int default 10, filter_category text default null,
  filter_source text default null, only_shared boolean default false)
returns table (id bigint, content text, source_instance text, category text, shared boolean, metadata jsonb,
               created_at timestamptz, orch_key text, similarity double precision)
language plpgsql stable security invoker
set search_path = public, extensions
as $$ begin
  return query select * from public.nearest_global_memory(
    query_embedding, match_count, filter_category, filter_source, only_shared);
end $$;

create or replace function public.orchestrator_memory_version() returns text
language sql immutable set search_path = '' as $$ select '20261127000300' $$;

notify pgrst, 'reload schema';
