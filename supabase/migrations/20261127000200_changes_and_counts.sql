-- orch: what a pull asks instead of reading everything, and counts. Each sees only what its caller may see.
-- Safe to run twice.
set search_path = public, extensions;

-- The version of this schema: that of the newest migration. Each later one replaces it.
create or replace function public.orchestrator_memory_version() returns text
language sql immutable set search_path = '' as $$ select '20261127000200' $$;

-- The shared rows in 256 buckets by key: how many, and a checksum of keys and times of change. Two sides that
-- agree on a bucket hold the same rows in it, so that a row that is gone is noticed without listing any.
create or replace function public.orchestrator_memory_digest()
returns table (bucket int, entries bigint, checksum bigint)
language sql stable security invoker set search_path = '' as $$
  select s.bucket, count(*), sum(('x' || left(md5(s.key || ' ' || s.stamp), 8))::bit(32)::bigint)::bigint
  from (select k.key, k.stamp, ('x' || left(md5(k.key), 2))::bit(8)::int as bucket
        from (select coalesce(m.orch_key, 'row-' || m.id) as key,
                     (extract(epoch from m.updated_at) * 1000000)::bigint as stamp
              from public.orchestrator_global_memory m where m.shared) k) s
  group by s.bucket
$$;

-- {key: microseconds since 1970 of its last change} of the shared rows in these buckets.
create or replace function public.orchestrator_memory_keys(wanted int[]) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_object_agg(k.key, k.stamp), '{}')
  from (select coalesce(m.orch_key, 'row-' || m.id) as key,
               (extract(epoch from m.updated_at) * 1000000)::bigint as stamp
        from public.orchestrator_global_memory m where m.shared) k
  where ('x' || left(md5(k.key), 2))::bit(8)::int = any (wanted)
$$;

create or replace function public.orchestrator_memory_stats() returns jsonb
language sql stable security invoker set search_path = '' as $$
  with counted as (
    select m.category, coalesce(m.source_instance, '') as source, count(*) as n
    from public.orchestrator_global_memory m where m.shared group by 1, 2)
  select jsonb_build_object(
    'total', (select coalesce(sum(n), 0) from counted),
    'by_category', (select coalesce(jsonb_object_agg(category, n), '{}')
                    from (select category, sum(n) as n from counted group by 1) c),
    'by_instance', (select coalesce(jsonb_object_agg(source, n), '{}')
                    from (select source, sum(n) as n from counted group by 1) s))
$$;

do $$ declare name text; begin
  foreach name in array array['orchestrator_memory_version()', 'orchestrator_memory_digest()',
                              'orchestrator_memory_keys(int[])', 'orchestrator_memory_stats()'] loop
    execute format('revoke all on function public.%s from public', name);
    execute format('grant execute on function public.%s to anon, authenticated, service_role', name);
  end loop;
end $$;

notify pgrst, 'reload schema';
