-- orch: when a row changed is what this database says, also of a row that is new; and what marks a row is its own number
-- where it has no key of orch's. Whoever may write rows could otherwise stop everybody's pulls, or take a row's place.
-- Safe to run twice.
set search_path = public, extensions;

-- As before on an update; on an insert the time that was sent is not taken: `infinity` has no microseconds, and an early
-- time hides the row from those who ask for what is new.
create or replace function public.orchestrator_touch() returns trigger language plpgsql set search_path = public, extensions as $$
begin
  if tg_op = 'UPDATE' and new.content = old.content and new.category = old.category
     and new.source_instance is not distinct from old.source_instance and new.shared is not distinct from old.shared
     and new.metadata is not distinct from old.metadata and new.embedding = old.embedding then
    return null;
  end if;
  new.updated_at := now();
  return new;
end $$;
drop trigger if exists orchestrator_global_memory_touch on public.orchestrator_global_memory;

-- What is there already with a time that is none: it is news to everybody.
update public.orchestrator_global_memory set updated_at = now()
  where not (updated_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00');

create trigger orchestrator_global_memory_touch before insert or update on public.orchestrator_global_memory
  for each row execute function public.orchestrator_touch();

-- A row's name for those who follow the memory. `row-<number>` is only that of the row itself; the largest number is that
-- of a bigint. This and the next are put into the statements that call them, which a search_path of their own
-- would prevent; what they call is settled here (`return`).
create or replace function public.orchestrator_row_key(orch_key text, id bigint) returns text
language sql stable parallel safe
  return case
    when orch_key is null or orch_key = '' then 'row-' || id
    when orch_key !~ '^row-[1-9][0-9]{0,18}$' then orch_key
    when substr(orch_key, 5)::numeric > 9223372036854775807 then orch_key
    else 'row-' || id end;

-- Microseconds since 1970; 0 for what is no time of change (a trigger may have been off).
create or replace function public.orchestrator_stamp(at timestamptz) returns bigint
language sql stable parallel safe
  return case when at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00'
              then (extract(epoch from at) * 1000000)::bigint else 0 end;

create or replace function public.orchestrator_memory_digest()
returns table (bucket int, entries bigint, checksum bigint)
language sql stable security invoker set search_path = '' as $$
  select s.bucket, count(*), sum(('x' || left(md5(s.key || ' ' || s.stamp), 8))::bit(32)::bigint)::bigint
  from (select k.key, k.stamp, ('x' || left(md5(k.key), 2))::bit(8)::int as bucket
        from (select public.orchestrator_row_key(m.orch_key, m.id) as key, public.orchestrator_stamp(m.updated_at) as stamp
              from public.orchestrator_global_memory m where m.shared) k) s
  group by s.bucket
$$;

create or replace function public.orchestrator_memory_keys(wanted int[]) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_object_agg(k.key, k.stamp), '{}')
  from (select public.orchestrator_row_key(m.orch_key, m.id) as key, public.orchestrator_stamp(m.updated_at) as stamp
        from public.orchestrator_global_memory m where m.shared) k
  where ('x' || left(md5(k.key), 2))::bit(8)::int = any (wanted)
$$;

create or replace function public.orchestrator_memory_version() returns text
language sql immutable set search_path = '' as $$ select '20261127000500' $$;

do $$ declare name text; begin
  foreach name in array array['orchestrator_row_key(text, bigint)', 'orchestrator_stamp(timestamptz)'] loop
    execute format('revoke all on function public.%s from public', name);
    execute format('grant execute on function public.%s to anon, authenticated, service_role', name);
  end loop;
end $$;

notify pgrst, 'reload schema';
