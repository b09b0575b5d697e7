//! What happens to connections, and when.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What a connection has come to. It stands there until the fault of this phase has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is accepted, and nothing has been read.
    Accepted,
    /// The client has asked for TLS.
    SslRequest,
    /// The client has been told that there is TLS, and its handshake has begun.
    TlsHandshake,
    /// The start-up message is there.
    StartUp,
    /// The client's first answer to an authentication request is there: a password, a token, or the
    /// beginning of SCRAM.
    Authentication,
    /// So many texts of SQL are there, counted from 1: simple queries and Parse messages.
    Query(u64),
    /// SQL that contains this is there, and the server does not have it.
    Statement(&'static str),
    /// SQL with a COMMIT is there, and the server does not have it.
    Commit,
    /// The server has answered to a COMMIT, and the client does not have the answer.
    Committed,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In order (FIN), at both ends.
    Close,
    /// With a reset (RST) at the client's end, and in order at the server's.
    Reset,
    /// Nothing gets through any more, and neither end is told, also when the other one leaves.
    BlackHole,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What was sent arrives so much later.
    Delay(Duration),
    /// It ends, and what was sent does not arrive.
    Cut(Cut),
    /// The client gets a fatal error with this SQLSTATE, as from a server that ends the session.
    Fatal(&'static str),
    /// The client is asked for a password by SCRAM, and none is right: as RDS Proxy and poolers ask,
    /// which know their own list of users. Meant for [`Phase::StartUp`].
    Scram,
}

impl From<Cut> for Effect {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

/// Something that happens to connections which come to a phase. Unless told otherwise, to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    phase: Phase,
    effect: Effect,
    after: u64,
    times: u64,
    sessions: u64,
}

impl Fault {
    /// Whatever comes to the phase is hit.
    pub fn at(phase: Phase, effect: impl Into<Effect>) -> Self {
        Self {
            phase,
            effect: effect.into(),
            after: 0,
            times: u64::MAX,
            sessions: 0,
        }
    }

    /// So many are let through first.
    #[must_use]
    pub fn after(self, after: u64) -> Self {
        Self { after, ..self }
    }

    /// So many are hit, and later ones let through.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    /// None are hit while fewer sessions than this are open: those whose start-up message the server has.
    #[must_use]
    pub fn with_room_for(self, sessions: u64) -> Self {
        Self { sessions, ..self }
    }
}

/// The faults of a relay.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Each with how many came to it.
    all: Mutex<Vec<(Fault, u64)>>,
}

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.lock().push((fault, 0));
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// What happens to one that comes to a phase while so many sessions are open: the effect of the first
    /// fault that hits it.
    pub(super) fn hit(&self, is_there: impl Fn(Phase) -> bool, sessions: u64) -> Option<Effect> {
        let mut all = self.lock();
        let here = all
            .iter_mut()
            .filter(|(fault, _)| is_there(fault.phase) && fault.sessions <= sessions);
        for (fault, came) in here {
            let number = *came;
            *came += 1;
            if number
                .checked_sub(fault.after)
                .is_some_and(|number| number < fault.times)
            {
                return Some(fault.effect);
            }
        }
        None
    }

    /// A panic elsewhere leaves nothing half-done behind this lock.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Fault, u64)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults<const N: usize>(all: [Fault; N]) -> Faults {
        let faults = Faults::default();
        all.into_iter().for_each(|fault| faults.add(fault));
        faults
    }

    fn hit(faults: &Faults, phase: Phase, sessions: u64) -> Option<Effect> {
        faults.hit(|one| one == phase, sessions)
    }

    #[test]
    fn fault_hits_so_many_after_so_many_and_only_at_its_phase() {
        let faults = faults([Fault::at(Phase::Commit, Cut::Reset).after(1).times(2)]);
        let hits = std::array::from_fn(|_| {
            assert_eq!(hit(&faults, Phase::Committed, 0), None);
            hit(&faults, Phase::Commit, 0).is_some()
        });
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn fault_with_room_counts_only_those_that_found_none() {
        let fault = Fault::at(Phase::StartUp, Effect::Fatal("53300"));
        let faults = faults([fault.with_room_for(2).times(1)]);
        let hits = [0, 1, 2, 2].map(|open| hit(&faults, Phase::StartUp, open).is_some());
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn fault_that_is_over_leaves_the_phase_to_the_next() {
        let faults = faults([
            Fault::at(Phase::Query(2), Cut::Close).times(1),
            Fault::at(Phase::Query(2), Cut::BlackHole),
        ]);
        assert_eq!(hit(&faults, Phase::Query(2), 1), Some(Cut::Close.into()));
        assert_eq!(hit(&faults, Phase::Query(1), 1), None);
        assert_eq!(
            hit(&faults, Phase::Query(2), 1),
            Some(Cut::BlackHole.into())
        );
        faults.clear();
        assert_eq!(hit(&faults, Phase::Query(2), 1), None);
    }
}
