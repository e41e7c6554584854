-- orch: each vector as 48 bytes in a narrow table, so that every row that a filter, or row-level security, leaves can be
-- compared in a tenth of a second a million. The graph of neighbours finds too little there. Safe to run twice.
do $$ begin perform '[1]'::vector; exception when undefined_object then
  execute 'select ''[1]''::extensions.vector'; end $$;
set search_path = public, extensions;

-- A unit vector x is along * u + rest, with u the direction that texts have in common: it holds most of x and tells
-- nothing apart. `rest` becomes its signs s, each worth `spread`, so that the estimate of rest.rest is exact (Gao and
-- Long, RaBitQ, SIGMOD 2024, without the rotation). For another q: q.x = q.u * along + q.rest, about
-- q.u * along + spread * (q.s).
-- u is the mean of the default model's vectors of the sentences in orchestrator/memory/trial.py. It decides what is
-- found by way of a code, never what is found among few rows, nor the order: those are the vectors' own.
create or replace function public.orchestrator_parts(embedding vector, out along real, out rest vector)
language plpgsql immutable strict parallel safe set search_path = public, extensions as $$
declare
  u    constant vector := '[
.0285,-.0109,-.0412,-.0855,.0366,-.04,.0097,.0234,.0361,.0136,.0552,.0222,.0598,-.0141,-.0583,.0444,
.0555,-.0347,-.0645,-.0395,.0123,-.0104,-.0624,.0406,.0473,.0777,-.0094,.0277,.0451,-.0964,-.062,-.037,
.0414,-.0734,.0759,.0316,-.0634,-.0614,.0464,-.0651,-.0473,.0256,.0148,.1014,.0329,.0182,-.0493,.0245,
-.0586,-.0317,-.0297,.0591,.0091,.0494,.0382,-.0839,-.0469,-.0628,-.0675,.0351,.0723,.0062,-.0004,
.0379,.0949,.0568,.0473,.0595,-.0608,-.0317,-.0576,.0544,.0027,-.0209,.0182,.0144,.0416,-.056,.0566,
-.0313,-.0236,-.0522,-.0642,.0366,-.0378,.0762,.0607,-.0753,.031,-.0041,.0686,.0594,-.0368,-.0457,
-.0552,-.0732,-.0548,.0539,.0681,-.0359,.0478,-.036,.0701,-.0895,-.0526,.0547,.0479,-.0573,.0638,
-.0658,-.048,.0345,.0423,.0354,-.0666,-.013,-.0325,-.0742,.05,-.0447,.0685,-.0303,-.0341,-.059,-.0526,
-.0376,.046,.0293,-.0028,.0045,.0391,.0329,.0307,.0663,.0497,.0887,-.0425,.0215,-.0136,-.0346,-.0713,
.0451,-.0683,.0283,.031,.0476,.093,-.0433,.0987,-.065,.0447,-.0396,.0672,.0141,.0666,-.0388,-.0865,
-.0405,.0455,.059,-.0497,-.088,-.0705,-.0064,-.0601,-.0465,.0294,.0802,-.0802,-.0424,-.044,.049,-.029,
.048,-.0088,.0645,-.0576,.0769,.0785,.0314,-.0118,-.04,-.0671,-.057,-.0564,-.0781,-.047,.0197,.014,
-.0206,-.0107,.0446,-.0359,-.0569,-.0475,.0412,-.045,.06,.0624,.0356,-.0152,-.0442,.0589,.0426,.0717,
.0285,-.066,.0559,-.0467,.0501,.0472,-.0485,-.0588,.0672,-.0709,-.0049,.0179,.0437,-.0481,.0341,.059,
-.0243,.0615,-.0967,-.0475,.0408,.061,-.0687,-.0956,.038,-.0351,-.003,-.0835,-.0556,-.0437,-.0462,
.0032,.0426,.0335,-.0382,-.0291,-.0344,.0504,-.0754,.064,-.0323,-.0318,.0294,-.0327,.06,.0615,-.0716,
-.0706,-.0624,-.0402,.0405,.0613,.0655,-.0514,.0306,.0521,-.0227,.107,.0394,.0565,.0398,-.06,-.0259,
-.0723,-.0474,-.059,.0391,.0465,-.0561,-.047,-.05,.0338,.0509,-.037,-.0493,.0549,.0215,.054,.0751,
.0683,-.0187,-.0143,.0428,-.0457,-.0402,-.021,-.0798,.0574,-.0498,.0411,.0157,.012,.0779,-.031,.0684,
-.0085,-.0413,.0261,.0159,-.0912,.0541,-.0016,.0232,.032,.0519,.0625,.0553,-.0656,-.0394,.0306,.0608,
.0225,.0407,-.0532,-.049,-.075,-.0521,-.0079,-.0455,.0615,.0465,-.0495,-.0493,.0602,-.001,.0388,-.0303,
-.0414,.0402,-.0617,-.0399,-.0445,.0533,-.0474,-.0532,.044,.0511,-.0231,.0415,-.0358,-.0719,.0768,
-.0259,-.0539,.0664,.0343,-.1082,.0182,.0128,-.0447,.0438,-.0456,-.0316,.0539,.0464,-.0644,-.0193,
.0451,.0562,.075,.0532,-.0185,-.0468,.0139,-.0717,.0627,.0458,-.0483,.0024,-.0221,-.0598,-.0537,.0582,
-.06,-.0543,.0626,.0552,.0416,.0691]';
  unit constant vector := l2_normalize(embedding);
begin
  along := round((-(unit <#> u))::numeric, 6);      -- or a product with u may be too small for a vector's elements
  rest := unit - array_fill(along, array[384])::vector * u;
end $$;

create or replace function public.orchestrator_code(
  embedding vector, out code bit(384), out along real, out spread real)
language plpgsql immutable strict parallel safe set search_path = public, extensions as $$
declare
  part constant record := public.orchestrator_parts(embedding);
begin
  code := binary_quantize(part.rest);
  along := part.along;
  spread := coalesce(-(part.rest <#> part.rest) / nullif(part.rest <+> (part.rest - part.rest), 0), 0);
end $$;

-- What a question is to a code: its rest rounded to four bits an element, as planes of signs worth 1, 2, 4 and 8 halves
-- of `step`, so that (q.s) is a sum of Hamming distances; by the last plane alone, half of `signs` for each sign.
create or replace function public.orchestrator_question(
  embedding vector, out planes bit(384)[], out along real, out step real, out signs real)
language plpgsql immutable strict parallel safe set search_path = public, extensions as $$
declare
  part  constant record := public.orchestrator_parts(embedding);
  parts constant real[] := part.rest;
  most  constant real := (select max(abs(x)) from unnest(parts) x);
begin
  along := part.along;
  step := 2 * most / 15;
  signs := (part.rest <+> (part.rest - part.rest)) / 192;
  planes := (
    select array_agg(p.plane order by p.number) from (
      select number, string_agg((level >> number & 1)::text, '' order by i)::bit(384) as plane
      from (select i, coalesce(round((x / nullif(most, 0) + 1) * 7.5), 0)::int as level
            from unnest(parts) with ordinality a(x, i)) l, generate_series(0, 3) number
      group by number) p);
end $$;

-- The codes, with the columns that are filtered by. What is fixed in size stands first, and codes are not packed: both
-- make reading a million of them cheaper.
create table if not exists public.orchestrator_global_memory_codes (
  id              bigint primary key,
  created_at      timestamptz,
  along           real not null,
  spread          real not null,
  shared          boolean,
  code            bit(384) not null,
  category        text not null,
  source_instance text,
  technologies    jsonb
);
alter table public.orchestrator_global_memory_codes alter column code set storage plain;

-- Who may see a row may see its code.
alter table public.orchestrator_global_memory_codes enable row level security;
drop policy if exists orch_service_all on public.orchestrator_global_memory_codes;
create policy orch_service_all on public.orchestrator_global_memory_codes for all to service_role
  using (true) with check (true);
drop policy if exists orch_read_shared on public.orchestrator_global_memory_codes;
create policy orch_read_shared on public.orchestrator_global_memory_codes for select to anon, authenticated using (shared);
revoke all on public.orchestrator_global_memory_codes from anon, authenticated;
grant select on public.orchestrator_global_memory_codes to anon, authenticated;
grant select, insert, update, delete on public.orchestrator_global_memory_codes to service_role;

-- Makes the codes of these rows anew.
create or replace function public.orchestrator_encode(ids bigint[]) returns void
language sql set search_path = public, extensions as $$
  insert into public.orchestrator_global_memory_codes
    select m.id, m.created_at, e.along, e.spread, m.shared, e.code, m.category, m.source_instance,
           lower(coalesce(nullif(m.metadata->'technologies', '[]'), m.metadata->'technology')::text)::jsonb
    from public.orchestrator_global_memory m, public.orchestrator_code(m.embedding) e where m.id = any (ids)
    on conflict (id) do update set
      created_at = excluded.created_at, along = excluded.along, spread = excluded.spread, shared = excluded.shared,
      code = excluded.code, category = excluded.category, source_instance = excluded.source_instance,
      technologies = excluded.technologies
$$;

-- Keeps the codes in step, with the rights of who writes the rows.
create or replace function public.orchestrator_keep_codes() returns trigger
language plpgsql set search_path = public, extensions as $$
begin
  if tg_op = 'TRUNCATE' then
    truncate public.orchestrator_global_memory_codes;
  elsif tg_op = 'DELETE' then
    delete from public.orchestrator_global_memory_codes c using gone g where c.id = g.id;
  else
    if tg_op = 'UPDATE' then      -- a row may have been given another number
      delete from public.orchestrator_global_memory_codes c using gone g
        where c.id = g.id and not exists (select from fresh f where f.id = g.id);
    end if;
    perform public.orchestrator_encode((select array_agg(f.id) from fresh f));
  end if;
  return null;
end $$;
create or replace trigger orchestrator_global_memory_codes_insert after insert on public.orchestrator_global_memory
  referencing new table as fresh for each statement execute function public.orchestrator_keep_codes();
create or replace trigger orchestrator_global_memory_codes_update after update on public.orchestrator_global_memory
  referencing old table as gone new table as fresh for each statement execute function public.orchestrator_keep_codes();
create or replace trigger orchestrator_global_memory_codes_delete after delete on public.orchestrator_global_memory
  referencing old table as gone for each statement execute function public.orchestrator_keep_codes();
create or replace trigger orchestrator_global_memory_codes_truncate after truncate on public.orchestrator_global_memory
  for each statement execute function public.orchestrator_keep_codes();

-- The rows that are there already: half a minute a million. Nobody writes meanwhile.
do $$ begin
  lock table public.orchestrator_global_memory in share row exclusive mode;
  perform public.orchestrator_encode((
    select array_agg(m.id) from public.orchestrator_global_memory m
    where not exists (select from public.orchestrator_global_memory_codes c where c.id = m.id)));
end $$;
analyze public.orchestrator_global_memory_codes;

-- The codes hold what these were for.
drop index if exists public.orchestrator_global_memory_technology_idx;
drop index if exists public.orchestrator_global_memory_created_idx;

-- Few rows are compared each. Where nearly every row is in question the graph finds them; of many that a filter leaves
-- the codes choose 8,000 by their signs, of these some hundreds by the question's planes, of these the nearest are found
-- by their vectors.
create or replace function public.nearest_global_memory(
  query_embedding vector(384), match_count int default 10, filter_category text default null,
  filter_source text default null, only_shared boolean default false,
  filter_technology text default null, filter_since timestamptz default null)
returns table (id bigint, content text, source_instance text, category text, shared boolean, metadata jsonb,
               created_at timestamptz, orch_key text, similarity double precision)
language plpgsql stable security invoker
set search_path = public, extensions
set jit = off                                -- compiling costs more than it saves
set plan_cache_mode = force_custom_plan      -- a plan for any limit would not ask the graph
set hnsw.iterative_scan = relaxed_order
set hnsw.ef_search = 200
set hnsw.max_scan_tuples = 100000
set hnsw.scan_mem_multiplier = 8
as $$
declare
  by_signs   constant int := 8000;
  wanted     constant int := greatest(1, least(match_count, 200));
  candidates constant int := 4 * wanted + 360;
  question   constant record := public.orchestrator_question(query_embedding);
  rows_there constant real := (select c.reltuples from pg_catalog.pg_class c
                               where c.oid = 'public.orchestrator_global_memory'::pg_catalog.regclass);
  -- a vector that does not lean towards u is another model's, whose codes may tell little apart
  exact_rows constant int := case when question.along > 0.5 then 20000
                             else greatest(20000, least(150000, rows_there / 4)) end;
  -- only what was asked for stands in the statement, so that each gets a plan of its own
  filters    constant text := 'true'
    || case when filter_category is null then '' else ' and c.category = $1' end
    || case when filter_source   is null then '' else ' and c.source_instance = $2' end
    || case when only_shared then ' and c.shared' else '' end
    || case when filter_technology is null then '' else ' and c.technologies ? lower($3)' end
    || case when filter_since is null then '' else ' and c.created_at >= $4' end;
  -- an index of the rows tells what they are, but not what they speak of, or since when
  indexed    constant boolean := coalesce(filter_technology, filter_since::text) is null;
  in_sight   constant real := case
    when coalesce(filter_category, filter_source, filter_technology, filter_since::text) is not null then 0
    when not only_shared and not row_security_active('public.orchestrator_global_memory') then rows_there
    else (select c.reltuples from pg_catalog.pg_class c
          where c.oid = pg_catalog.to_regclass('public.orchestrator_global_memory_shared_idx')) end;
  counted    bigint := 0;
  ids        bigint[];
begin
  if rows_there > exact_rows and in_sight > 0.95 * rows_there then
    ids := array(      -- more than are asked for: relaxed order is only roughly the nearest first
      select m.id from public.orchestrator_global_memory m where m.shared or not only_shared
      order by m.embedding <=> query_embedding limit 4 * wanted + 60);
  end if;
  if coalesce(cardinality(ids), 0) < wanted then
    if indexed then
      execute format('select count(*) from (select from public.orchestrator_global_memory c where %s limit %s) n',
                     filters, exact_rows + 1) into counted using filter_category, filter_source;
    end if;
    if counted <= exact_rows then
      execute format('select array(select c.id from public.%I c where %s limit %s)',
                     'orchestrator_global_memory' || case when indexed then '' else '_codes' end, filters, exact_rows + 1)
        into ids using filter_category, filter_source, filter_technology, filter_since;
    end if;
    if greatest(counted, cardinality(ids)) > exact_rows then
      execute format('select array(select n.id from (select c.id, c.along, c.spread, c.code'
                     '  from public.orchestrator_global_memory_codes c where %s'
                     '  order by c.spread * $5 * ((c.code <~> $6[4]) - 192) - c.along * $7 limit %s) n'
                     ' order by n.spread * $8 * (8 * (n.code <~> $6[4]) + 4 * (n.code <~> $6[3])'
                     '  + 2 * (n.code <~> $6[2]) + (n.code <~> $6[1]) - 2880) - n.along * $7 limit %s)',
                     filters, by_signs, candidates)
        into ids using filter_category, filter_source, filter_technology, filter_since,
                       question.signs, question.planes, question.along, question.step;
    end if;
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

create or replace function public.orchestrator_memory_version() returns text
language sql immutable set search_path = '' as $$ select '20261127000400' $$;

revoke all on function public.orchestrator_parts(vector), public.orchestrator_code(vector),
  public.orchestrator_question(vector), public.orchestrator_encode(bigint[]), public.orchestrator_keep_codes()
  from public, anon, authenticated;
grant execute on function public.orchestrator_parts(vector), public.orchestrator_question(vector)
  to anon, authenticated, service_role;
grant execute on function public.orchestrator_code(vector), public.orchestrator_encode(bigint[]) to service_role;

notify pgrst, 'reload schema';
