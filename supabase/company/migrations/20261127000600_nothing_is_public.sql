-- orch, for a company's own project only: nothing of it is read with the project's publishable key, which stands in web
-- pages. What a company holds is as it was written; what may leave it lies, redacted, in the group's project.
-- Safe to run twice.
drop policy if exists orch_read_shared on public.orchestrator_global_memory;
drop policy if exists orch_read_shared on public.orchestrator_global_memory_codes;

create or replace function public.orchestrator_memory_version() returns text
language sql immutable set search_path = '' as $$ select '20261127000600' $$;

notify pgrst, 'reload schema';
