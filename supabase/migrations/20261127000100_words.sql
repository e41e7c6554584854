-- orch: the memory by words, in Portuguese, accents folded. An index on an expression: the table keeps its columns.
-- Safe to run twice.
do $$ begin perform '[1]'::vector; exception when undefined_object then
  execute 'select ''[1]''::extensions.vector'; end $$;
set search_path = public, extensions;

-- The words of a text. Only its beginning: Postgres refuses a text whose words are larger than 1 MB.
create or replace function public.orchestrator_words(said text) returns tsvector
language sql immutable parallel safe set search_path = '' as $$
  select to_tsvector('pg_catalog.portuguese'::regconfig, translate(lower(left(said, 20000)),
    'áàâãäåéèêëíìîïóòôõöúùûüçñ_', 'aaaaaaeeeeiiiiooooouuuucn '))
$$;

create index if not exists orchestrator_global_memory_words_idx
  on public.orchestrator_global_memory using gin (public.orchestrator_words(content)) with (fastupdate = off);

-- The rows that hold these words, by BM25; with the cosine to `query_embedding` where one is given.
-- Rare words choose the candidates; frequent ones only order them, unless there are no others: then all must be there.
-- Row-level security keeps Postgres from asking the index (@@ is not leakproof), so under it only a small memory is
-- searched by words; a larger one answers nothing here.
create or replace function public.search_global_memory_words(
  query_words text[], query_embedding vector(384) default null, match_count int default 50,
  filter_category text default null, filter_source text default null, only_shared boolean default false)
returns table (id bigint, content text, source_instance text, category text, shared boolean, metadata jsonb,
               created_at timestamptz, orch_key text, similarity double precision, score double precision)
language plpgsql stable security invoker
set search_path = public, extensions
as $$
declare
  rare       constant int := 1000;      -- rows of a word that may choose candidates
  counted    constant int := 5000;      -- more rows of a word are not counted
  wanted     constant int := greatest(1, least(match_count, 200));
  matching   constant text := 'from public.orchestrator_global_memory m where true'
    || case when filter_category is null then '' else ' and m.category = $2' end
    || case when filter_source   is null then '' else ' and m.source_instance = $3' end
    || case when only_shared then ' and m.shared' else '' end;
  holding    constant text := matching || ' and public.orchestrator_words(m.content) @@ $1';
  total      bigint;
  word       text;
  quoted     text;
  found      bigint;
  terms      text[] := '{}';
  worth      float8[] := '{}';
  every_word text[] := '{}';
  rare_words text[] := '{}';
  choice     tsquery;
  ids        bigint[];
begin
  execute format('select count(*) from (select %s limit 50000) c', matching)
    into total using null::tsquery, filter_category, filter_source;
  if row_security_active('public.orchestrator_global_memory') and total > 2000 then
    return;
  end if;
  for word in select distinct l from unnest(query_words[1:32]) w, unnest(tsvector_to_array(orchestrator_words(w))) l
  loop
    quoted := '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''';
    execute format('select count(*) from (select %s limit %s) c', holding, counted)
      into found using quoted::tsquery, filter_category, filter_source;
    continue when found = 0;
    terms := terms || word;
    worth := worth || ln(1 + (greatest(total, found) - found + 0.5) / (found + 0.5))::float8;
    every_word := every_word || quoted;
    if found <= rare then rare_words := rare_words || quoted; end if;
  end loop;
  choice := case when rare_words = '{}' then array_to_string(every_word, ' & ')
                 else array_to_string(rare_words, ' | ') end::tsquery;
  execute format('select array_agg(c.id) from (select m.id %s limit 3000) c', holding)
    into ids using choice, filter_category, filter_source;
  return query
    with said as materialized (
      select m.id, orchestrator_words(m.content) as words from public.orchestrator_global_memory m where m.id = any (ids)),
    counts as (
      select s.id, l.weight, cardinality(w.positions) as times, sum(cardinality(w.positions)) over (partition by s.id) as size
      from said s cross join unnest(s.words) w left join unnest(terms, worth) l(name, weight) on l.name = w.lexeme),
    best as (
      select c.id, sum(c.weight * c.times * 2.2 / (c.times + 1.2 * (0.25 + 0.75 * c.size / a.size)))::float8 as bm25
      from counts c cross join (select avg(size) as size from counts) a where c.weight is not null
      group by c.id order by 2 desc, 1 limit wanted)
    select m.id, m.content, m.source_instance, m.category, m.shared, m.metadata, m.created_at, m.orch_key,
           1 - (m.embedding <=> query_embedding), b.bm25
    from best b join public.orchestrator_global_memory m on m.id = b.id order by b.bm25 desc, m.id;
end $$;
revoke all on function public.search_global_memory_words(text[], vector, int, text, text, boolean) from public;
grant execute on function public.search_global_memory_words(text[], vector, int, text, text, boolean) to anon, authenticated, service_role;
revoke all on function public.orchestrator_words(text) from public;
grant execute on function public.orchestrator_words(text) to anon, authenticated, service_role;

notify pgrst, 'reload schema';
