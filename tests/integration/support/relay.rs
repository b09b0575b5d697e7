//! Networks that go wrong in front of the stand-in's gates.

use rds_emulator::relay::{Cut, Fault, Phase, Relay};

use super::StandIn;

impl StandIn {
    /// A network in front of the first cluster's gate.
    pub fn relay(&self) -> Relay {
        self.relay_to(&self.cluster().identifier)
    }

    /// A network in front of the gate of a cluster.
    pub fn relay_to(&self, identifier: &str) -> Relay {
        self.block_on(self.emulator().relay(identifier))
            .expect("a port is free")
    }
}

/// So many connections are passed on, and all later ones held open without a word.
pub fn silence_after(connections: u64) -> Fault {
    Fault::at(Phase::Accepted, Cut::BlackHole).after(connections)
}
