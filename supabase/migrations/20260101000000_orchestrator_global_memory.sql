-- orch: global memory. Safe to run twice.
create schema if not exists extensions;
create extension if not exists vector with schema extensions;      -- no-op if it already lives in another schema
-- loads the library in this session: hnsw.* must be a KNOWN setting before a non-superuser may put it in CREATE FUNCTION ... SET
do $$ begin perform '[1]'::vector; exception when undefined_object then
  execute 'select ''[1]''::extensions.vector'; end $$;
set search_path = public, extensions;

create table if not exists public.orchestrator_global_memory (
  id              bigserial primary key,
  content         text not null,
  embedding       vector(384) not null,
  source_instance text,
  category        text not null,
  shared          boolean default false,
  metadata        jsonb default '{}',
  created_at      timestamptz default now()
);

-- stable key: lives in metadata, mirrored by a generated column so that on_conflict can name it. NULLs stay distinct.
alter table public.orchestrator_global_memory
  add column if not exists orch_key   text generated always as (metadata->>'orch_key') stored,
  add column if not exists updated_at timestamptz not null default now();
create unique index if not exists orchestrator_global_memory_orch_key_uidx on public.orchestrator_global_memory (orch_key);
create index if not exists orchestrator_global_memory_category_idx on public.orchestrator_global_memory (category);
create index if not exists orchestrator_global_memory_source_idx on public.orchestrator_global_memory (source_instance);
-- keep embeddings in the row: once a row passes about 2 kB Postgres moves them to TOAST and an exact scan costs 6x (applies to rows written from now on)
alter table public.orchestrator_global_memory alter column embedding set storage plain;
create index if not exists orchestrator_global_memory_embedding_hnsw
  on public.orchestrator_global_memory using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64);

-- bumps updated_at on a real change; drops the write altogether when nothing changed, so a repeated push costs no WAL and no HNSW insert
create or replace function public.orchestrator_touch() returns trigger language plpgsql set search_path = public, extensions as $$
begin
  if new.content = old.content and new.category = old.category
     and new.source_instance is not distinct from old.source_instance and new.shared is not distinct from old.shared
     and new.metadata is not distinct from old.metadata and new.embedding = old.embedding then
    return null;
  end if;
  new.updated_at := now();
  return new;
end $$;
drop trigger if exists orchestrator_global_memory_touch on public.orchestrator_global_memory;
create trigger orchestrator_global_memory_touch before update on public.orchestrator_global_memory
  for each row execute function public.orchestrator_touch();

alter table public.orchestrator_global_memory enable row level security;
drop policy if exists orch_service_all on public.orchestrator_global_memory;
create policy orch_service_all on public.orchestrator_global_memory for all to service_role using (true) with check (true);
drop policy if exists orch_read_shared on public.orchestrator_global_memory;
create policy orch_read_shared on public.orchestrator_global_memory for select to anon, authenticated using (shared);

revoke all on public.orchestrator_global_memory from anon, authenticated;
grant select on public.orchestrator_global_memory to anon, authenticated;
grant select, insert, update, delete on public.orchestrator_global_memory to service_role;
revoke all on sequence public.orchestrator_global_memory_id_seq from anon, authenticated;
grant usage, select on sequence public.orchestrator_global_memory_id_seq to service_role;

create or replace function public.match_global_memory(
  query_embedding vector(384), match_count int default 10, filter_category text default null,
  filter_source text default null, only_shared boolean default false)
returns table (id bigint, content text, source_instance text, category text, shared boolean, metadata jsonb,
               created_at timestamptz, orch_key text, similarity double precision)
language plpgsql stable security invoker
set search_path = public, extensions
set plan_cache_mode = force_custom_plan          -- so NULL filters fold away and LIMIT is a constant
set hnsw.iterative_scan = relaxed_order          -- keep scanning until match_count rows pass the filters and RLS
set hnsw.ef_search = 100
as $$
begin
  return query
  with hit as materialized (
    select m.id, m.content, m.source_instance, m.category, m.shared, m.metadata, m.created_at, m.orch_key,
           m.embedding <=> query_embedding as distance
    from public.orchestrator_global_memory m
    where (filter_category is null or m.category = filter_category)
      and (filter_source   is null or m.source_instance = filter_source)
      and (not only_shared or m.shared)
    order by m.embedding <=> query_embedding
    limit greatest(1, least(match_count, 200)))
  select h.id, h.content, h.source_instance, h.category, h.shared, h.metadata, h.created_at, h.orch_key, 1 - h.distance
  from hit h order by h.distance + 0, h.id;      -- "+ 0": relaxed_order may be slightly out of order and PG17+ would trust the inner sort
end $$;
revoke all on function public.match_global_memory(vector, int, text, text, boolean) from public;
grant execute on function public.match_global_memory(vector, int, text, text, boolean) to anon, authenticated, service_role;

notify pgrst, 'reload schema';
