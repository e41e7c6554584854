"""Linux: one inotify watch on each folder of interest, kept in step with the folders that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.capture import watch_inotify as inotify
from orchestrator.capture.interest import ANYTHING, Interest, Meaning
from orchestrator.capture.watch_source import NoWatchesLeftError, Place, RepositoryGoneError
from orchestrator.capture.watch_stop import Stop, ready

GATHER_SECONDS = 0.05  # events are read together, so that many new folders cost one question to git
READS = 32  # of 64 KiB each before the watch looks at its clock again
_ABOUT_ITSELF = inotify.DELETE_SELF | inotify.MOVE_SELF
_CAME = inotify.CREATE | inotify.MOVED_TO


class WatchedFolders:
    """A Source. Raises NoWatchesLeftError when there is no inotify instance left."""

    def __init__(self, interest: Interest, place: Place, stop: Stop) -> None:
        self._interest = interest
        self._place = place
        self._stop = stop
        self._paths: dict[int, str] = {}  # by watch descriptor
        self._descriptors: dict[str, int] = {}  # by absolute path
        try:
            self._inotify = inotify.Inotify()
        except OSError as error:
            raise self._translated(error) from error

    def close(self) -> None:
        """Give all watches back."""
        self._inotify.close()

    def __len__(self) -> int:
        return len(self._paths)

    def plan(self) -> set[str]:
        """Watch every folder of interest and none else."""
        stale = set(self._descriptors)

        def enter(folder: str) -> bool:
            path = self._absolute(folder)
            stale.discard(path)
            self._watch(path)
            return True

        for path in self._fixed():
            stale.discard(path)
            self._watch(path)
        found = self._interest.walk([""], enter)
        for path in stale:
            self._forget(path)
        return found

    def changes(self, seconds: float) -> Iterator[Meaning]:
        """What the kernel reports, in order."""
        if not ready(seconds, self._inotify.fileno(), self._stop):
            return
        self._stop.wait(GATHER_SECONDS)
        for _read in range(READS):
            events = self._inotify.read()
            if not events:
                return
            yield from self._meanings(events)

    # ---------------------------------------------------------------- events

    def _meanings(self, events: Iterable[inotify.Event]) -> Iterator[Meaning]:
        born: dict[str, None] = {}
        for event in events:
            folder = self._paths.get(event.descriptor)
            if event.mask & inotify.OVERFLOW:
                yield ANYTHING
            elif folder is None:
                continue
            elif event.mask & (inotify.IGNORED | inotify.UNMOUNT):
                self._drop(event.descriptor)
            elif event.mask & _ABOUT_ITSELF:
                self._itself(folder)
            else:
                path = f"{folder}/{event.name}"
                yield self._interest.meaning(path)
                if event.of_folder and event.mask & _CAME:
                    born[path] = None
                elif event.of_folder and event.mask & inotify.MOVED_FROM:
                    yield from self._left(path)
        yield from self._entered(born)

    def _itself(self, folder: str) -> None:
        if folder in self._place.paths:
            raise RepositoryGoneError(self._place.paths[folder])

    def _left(self, path: str) -> Iterator[Meaning]:
        """A folder was moved away with all that is in it: its events would bear a wrong name."""
        if path not in self._descriptors:
            return
        for below in [p for p in self._descriptors if p.startswith(path + "/")]:
            self._forget(below)
        self._forget(path)
        if name := self._relative(path):
            yield Meaning(document=f"{name}/")

    def _entered(self, born: Iterable[str]) -> Iterator[Meaning]:
        """Folders came: watch them, and report what was put into them before they were watched."""
        of_tree = []
        for path in born:
            inside = self._interest.git.inside(path)
            if inside is not None:
                if self._interest.git.wants(inside):
                    yield Meaning(git=True)
                    self._watch_git(inside)
            elif path == self._absolute(".orch"):
                yield Meaning(git=True, everything=True)  # may hold a configuration already
            elif name := self._relative(path):
                of_tree.append(name)
        wanted = self._interest.wanted(of_tree) if of_tree else []
        for document in self._interest.walk(wanted, lambda f: self._watch(self._absolute(f))):
            yield Meaning(document=document)

    # ---------------------------------------------------------------- watches

    def _fixed(self) -> Iterator[str]:
        """Folders that are watched whatever the documents are. Each is yielded before it is read."""
        yield self._interest.root
        yield self._absolute(".orch")
        for name in self._interest.git.folders():
            yield self._interest.git.absolute(name)

    def _watch_git(self, top: str) -> None:
        for name in self._interest.git.folders(top):
            self._watch(self._interest.git.absolute(name))

    def _watch(self, path: str) -> bool:
        """Whether the folder is there and was not watched by this name before."""
        try:
            descriptor = self._inotify.add(path)
        except OSError as error:
            if inotify.exhausted(error):
                raise self._translated(error) from error
            return False  # gone since its name was read, or not ours to read
        known = self._paths.get(descriptor)
        if known == path:
            return False
        if known is not None:  # moved here; the event that says so is still to come
            self._descriptors.pop(known, None)
        if path in self._descriptors:  # another folder had this name
            self._forget(path)
        self._paths[descriptor] = path
        self._descriptors[path] = descriptor
        return True

    def _forget(self, path: str) -> None:
        descriptor = self._descriptors.pop(path)
        if self._paths.get(descriptor) == path:
            del self._paths[descriptor]
            self._inotify.remove(descriptor)

    def _drop(self, descriptor: int) -> None:
        """The kernel has ended this watch: its folder is gone."""
        path = self._paths.pop(descriptor)
        if self._descriptors.get(path) == descriptor:
            del self._descriptors[path]

    def _translated(self, error: OSError) -> NoWatchesLeftError:
        if not inotify.exhausted(error):
            raise error
        return NoWatchesLeftError(inotify.setting(error), len(self._paths))

    def _absolute(self, folder: str) -> str:
        return f"{self._interest.root}/{folder}" if folder else self._interest.root

    def _relative(self, path: str) -> str:
        return path.removeprefix(self._interest.root + "/") if path != self._interest.root else ""
