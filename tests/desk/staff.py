"""A counter with agents, and a machine that is restarted and whose clocks jump."""

from dataclasses import dataclass
from datetime import timedelta

from kiosk.desk.agents import Agents
from kiosk.domain.agents import UNNAMED, Actor, Role
from kiosk.store.store import Store, open_for_writing
from tests.enrolled import EnrolledKiosk

AMINA, KARIM, SALMA, TAREK = "amina", "karim", "salma", "tarek"
PINS = {AMINA: "4821", KARIM: "90213", SALMA: "7093", TAREK: "55021"}
WRONG = "6374"


@dataclass(slots=True)
class Machine:
    """The kiosk's PC: its boots, its clocks, and the agents who work at it."""

    kiosk: EnrolledKiosk
    agents: Agents
    boot: str = "boot-1"
    seed: str = ""

    @classmethod
    def staffed(cls, kiosk: EnrolledKiosk) -> "Machine":
        """Return a machine with a supervisor, two agents and a technician."""
        machine = cls(kiosk=kiosk, agents=kiosk.desk.agents)
        machine.agents = machine.desk_of(kiosk.store)
        added = machine.agents.add(UNNAMED, KARIM, Role.SUPERVISOR, PINS[KARIM])
        machine.seed = added.seed or ""
        karim = machine.sign_in(KARIM)
        machine.agents.add(karim, AMINA, Role.AGENT, PINS[AMINA])
        machine.agents.add(karim, SALMA, Role.AGENT, PINS[SALMA])
        machine.agents.add(karim, TAREK, Role.TECHNICIAN, PINS[TAREK])
        return machine

    def desk_of(self, store: Store) -> Agents:
        """Return the agents of an open store, as this boot sees them."""
        return Agents(store, self.kiosk.clock.read, lambda: self.boot)

    def sign_in(self, name: str, pin: str | None = None) -> Actor:
        """Sign in with the right PIN, or another one."""
        return self.agents.sign_in(name, PINS[name] if pin is None else pin)

    def restart_program(self) -> None:
        """End the program and start it again."""
        self.kiosk.store.close()
        clock, keys = self.kiosk.clock, self.kiosk.keys
        self.kiosk.store = open_for_writing(self.kiosk.folder, clock.read, keys.database_key)
        self.agents = self.desk_of(self.kiosk.store)

    def restart_machine(self, boot: str, up_for_s: int = 0) -> None:
        """Restart the PC: the monotonic clock begins again."""
        self.boot = boot
        self.kiosk.clock.monotonic_ms = up_for_s * 1000
        self.restart_program()

    def wait(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.kiosk.clock.monotonic_ms += round(seconds * 1000)
        self.kiosk.clock.now += timedelta(seconds=seconds)

    def set_wall_clock(self, by: timedelta) -> None:
        """Set the wall clock, as anybody at the PC may."""
        self.kiosk.clock.now += by
