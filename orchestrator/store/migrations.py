"""The company store's schema, as a list of steps that only grows.

Each step is applied and recorded in one transaction. Never edit a step: add one.
"""

from __future__ import annotations

from contextlib import suppress

import apsw

from orchestrator.errors import StoreError
from orchestrator.i18n import _
from orchestrator.store.absent import MIGRATION as ABSENT
from orchestrator.store.catalogue import MIGRATION as COMPONENTS
from orchestrator.store.cited import MIGRATION as CITED
from orchestrator.store.code_table import MIGRATION as CODES
from orchestrator.store.looks import LOOKS
from orchestrator.store.looks import MIGRATION as CONFIDENTIAL
from orchestrator.store.mirror import MIGRATION as MIRROR
from orchestrator.store.offers import TAKEN_BACK
from orchestrator.store.places import MIGRATION as FOLDERS
from orchestrator.store.places import MOVED_FROM
from orchestrator.store.search_filters import EVIDENCE_PATH
from orchestrator.store.search_index import MIGRATION as SEARCH_INDEX
from orchestrator.store.superseding import LEFT
from orchestrator.store.superseding import MIGRATION as SUPERSEDING
from orchestrator.store.touched import MIGRATION as TOUCHED
from orchestrator.store.touched import WITH_UNHEARD
from orchestrator.store.twins import LOOKED_AT_AGAIN
from orchestrator.store.twins import MIGRATION as TWINS
from orchestrator.store.vectors import MIGRATION as VECTORS
from orchestrator.transaction import transaction

_LEDGER = """
create table insight (
  id           text primary key,
  kind         text not null,
  title        text not null,
  content      text not null,
  technologies text not null default '[]',
  gain         text not null default '',
  component    text not null default '',
  version      text not null,
  score        real not null,
  reasons      text not null default '[]',
  detector     text not null,
  anchor       text not null,
  share        text not null default '' check (share in ('', 'yes', 'ask', 'no')),
  state        text not null default 'active' check (state in ('active', 'superseded', 'withdrawn')),
  created_at   text not null,
  updated_at   text not null
) strict;
create index insight_anchor on insight (anchor);
create index insight_updated on insight (updated_at);

create table evidence (
  insight_id text not null references insight (id),
  commit_id  text not null,
  paths      text not null default '[]',
  seen_at    text not null,
  primary key (insight_id, commit_id)
) strict, without rowid;
create index evidence_commit on evidence (commit_id);

create table verdict (
  insight_id text primary key references insight (id),
  version    text not null,
  leaves     text not null,
  outcome    text not null,
  findings   text not null,
  redacted   text not null,
  policy     text not null,
  judged_at  text not null
) strict;

create table decision (
  seq        integer primary key autoincrement,
  insight_id text not null,
  version    text not null,
  action     text not null check (action in ('approve', 'refuse', 'edit', 'withdraw', 'ask')),
  who        text not null,
  decided_at text not null,
  reason     text not null default '',
  policy     text not null default '',
  record     text not null default '',
  texts      text not null default '',
  previous   text not null,
  hash       text not null
) strict;
create index decision_insight on decision (insight_id);
create trigger decision_is_never_changed before update on decision
  begin select raise(abort, 'decisions are append-only'); end;
create trigger decision_is_never_deleted before delete on decision
  begin select raise(abort, 'decisions are append-only'); end;

create table tip  (ref text primary key, commit_id text not null) strict, without rowid;
create table seen (commit_id text primary key) strict, without rowid;
create table component (
  folder    text primary key,
  name      text not null,
  commit_id text not null
) strict, without rowid;
"""

_OUTBOX = """
create table outbox (
  remote         text not null,
  target         text not null,
  key            text not null,
  wanted_hash    text not null,
  sent_hash      text not null default '',
  ref            text not null default '',
  remote_version text not null default '',
  url            text not null default '',
  status         text not null default '',
  state          text not null default 'ready' check (state in ('ready', 'sending', 'stuck', 'conflict')),
  attempts       integer not null default 0,
  started_at     text not null default '',
  settled_at     text not null default '',
  error          text not null default '',
  primary key (remote, target, key)
) strict, without rowid;
create index outbox_due on outbox (remote, state) where wanted_hash <> sent_hash;
create index outbox_key on outbox (key);

create table pause (remote text primary key, until text not null, reason text not null) strict, without rowid;

create table offer (
  key        text primary key,
  company    text not null,
  kind       text not null,
  title      text not null,
  content    text not null,
  metadata   text not null default '{}',
  hash       text not null,
  fit        real not null default 0,
  reasons    text not null default '[]',
  state      text not null default 'open' check (state in ('open', 'accepted', 'declined', 'withdrawn')),
  before     text not null default 'open',  -- the state before it was withdrawn
  answer     text not null default '',
  who        text not null default '',
  offered_at text not null,
  answered_at text not null default ''
) strict;

create table person (name text primary key) strict, without rowid;
create table setting (name text primary key, value text not null) strict, without rowid;
"""

_SCOPE = """
alter table decision add column scope text not null default '' check (scope in ('', 'version', 'good'));
"""

_QUEUE = """
alter table outbox rename to outbox_before;
drop index outbox_due;
drop index outbox_key;
create table outbox (
  remote         text not null,
  target         text not null,
  key            text not null,
  wanted_hash    text not null,
  sent_hash      text not null default '',
  ref            text not null default '',
  remote_version text not null default '',
  url            text not null default '',
  status         text not null default '',
  state          text not null default 'ready'
                 check (state in ('ready', 'sending', 'stuck', 'conflict', 'dropped')),
  attempts       integer not null default 0,
  started_at     text not null default '',
  settled_at     text not null default '',
  error          text not null default '',
  resolution     text not null default '',  -- the vendor's word for how it ended
  seen_at        text not null default '',  -- when the remote last told about it
  edited         integer not null default 0,  -- 1: a person wrote there after us
  taken          text not null default '',  -- the person's words that a person agreed to write over
  linked         text not null default '',  -- the address that the object links to
  link_error     text not null default '',
  primary key (remote, target, key)
) strict, without rowid;
insert into outbox (remote, target, key, wanted_hash, sent_hash, ref, remote_version, url, status, state,
                    attempts, started_at, settled_at, error)
  select remote, target, key, wanted_hash, sent_hash, ref, remote_version, url, status, state,
         attempts, started_at, settled_at, error from outbox_before;
drop table outbox_before;
create index outbox_due on outbox (remote, state) where wanted_hash <> sent_hash;
create index outbox_key on outbox (key);
"""

_WHO_SAID_WHAT = """
alter table evidence add column said_at text not null default '';
alter table evidence add column says text not null default '';
"""

# An insight's own anchor is that of its first saying: where it was said again, the next drain asks the
# commits (`anchoring`); until then all that is known is where the first was.
_WHERE_IT_WAS_SAID = """
alter table evidence add column anchor text not null default '';
update evidence set anchor = coalesce((select anchor from insight where id = insight_id), '');
create index evidence_anchor on evidence (anchor);
insert or replace into setting select 'anchors_due', 'yes'
  where exists (select 1 from evidence group by insight_id having count(*) > 1);
"""

VERSIONS = "create index if not exists insight_version on insight (version);"

# (what it brings, its SQL): a step's number is its place here, and stands in the file as `user_version`.
STEPS: tuple[tuple[str, str], ...] = (
    ("ledger", _LEDGER),
    ("outbox_and_offers", _OUTBOX),
    ("search_index", SEARCH_INDEX),
    ("touched", TOUCHED),
    ("scope_of_a_decision", _SCOPE),
    ("confidential_commits", CONFIDENTIAL),
    ("queue", _QUEUE),
    ("mirror_of_the_memory", MIRROR),
    ("who_said_what", _WHO_SAID_WHAT),
    ("twins", TWINS),
    ("superseding", SUPERSEDING),
    ("cited_files", CITED),
    ("codes_of_vectors", CODES),
    ("paths_of_evidence", EVIDENCE_PATH),
    ("vectors_of_one_model", VECTORS),
    ("folders", FOLDERS),
    ("looks", LOOKS),
    ("unheard_commits", WITH_UNHEARD),
    ("words_of_offers_taken_back", TAKEN_BACK),
    ("moved_from", MOVED_FROM),
    ("twins_looked_at_again", LOOKED_AT_AGAIN),
    ("absent_contents", ABSENT),
    ("where_it_was_said", _WHERE_IT_WAS_SAID),
    ("components_that_left", COMPONENTS + LEFT + VERSIONS),
)


def migrate(connection: apsw.Connection) -> None:
    """Bring the schema up to date; a store that is already there costs one read.

    Raises StoreError for a store of a newer orch: what this one does not know of it would be lost or wrong.
    """
    version = int(str(connection.pragma("user_version")))
    if version > len(STEPS):
        raise StoreError(
            _("the store {path} was written by a newer orch").format(path=connection.filename),
            _("upgrade orch; nothing was changed"),
        )
    if version == len(STEPS):
        return
    with transaction(connection):
        for number, (_name, sql) in enumerate(STEPS, start=1):
            if number > connection.pragma("user_version"):
                _apply(connection, number, sql)


def migrate_what_can_be(connection: apsw.Connection) -> None:
    """Apply each step that a damaged store still allows; for a copy that is only read from then on."""
    for number, (_name, sql) in enumerate(STEPS, start=1):
        with suppress(apsw.Error):
            if number > connection.pragma("user_version"):
                with transaction(connection):
                    _apply(connection, number, sql)


def _apply(connection: apsw.Connection, number: int, sql: str) -> None:
    for _row in connection.execute(sql):
        continue  # apsw stops at the first row-returning statement until it is fetched
    connection.execute(f"pragma user_version = {number:d}")
