//! Why a slot was not created or dropped.

use std::fmt;

use super::{
    catalog::{Condition, Slot, User},
    feature::TooOld,
    writer::Writers,
};

/// Why an operation on a slot was not done. Nothing was changed then.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The name is one that the server would refuse or shorten.
    #[error("the name of the slot {0}")]
    Name(String),
    /// There is a slot of that name already.
    #[error("the slot exists already: {0}")]
    Exists(Taken),
    /// These publications are not there yet, and the consumer of the slot would name them.
    #[error("there is no publication {}", .0.join(", "))]
    NoPublications(Vec<String>),
    /// The server is not set up for logical decoding; its `wal_level`.
    #[error("wal_level is {0}")]
    NotLogical(String),
    /// All slots are in use.
    #[error("all replication slots are in use")]
    NoRoom,
    /// The server does not know what is asked for.
    #[error("{0}")]
    TooOld(TooOld),
    /// The server has no such output plugin, or does not allow it; what it said.
    #[error("the output plugin cannot be used: {0}")]
    NoPlugin(String),
    /// The user may not manage slots; what the server said.
    #[error("the user may not manage slots: {0}")]
    NoRight(String),
    /// The user may not end the stream of whoever uses the slot; what the server said.
    #[error("the user may not end the stream: {0}")]
    NoRightToEnd(String),
    /// Others kept their transactions open for longer than it was waited for.
    #[error("waited {seconds} seconds for transactions of others: {writers}")]
    Waited {
        /// How long.
        seconds: u64,
        /// Those that are open yet.
        writers: Writers,
    },
    /// Somebody has used the slot that was to be changed for as long as it was waited.
    #[error("the slot was in use all the time by {0}")]
    Streaming(User),
    /// Somebody uses the slot that was to be dropped.
    #[error("the slot is in use by {0}")]
    InUse(User),
}

/// What has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A slot that can be used.
    Usable,
    /// A slot that can not be used any more.
    Lost,
    /// A slot that somebody else is just making.
    BeingCreated,
    /// One that is not managed here: a physical or a temporary one.
    OfAnotherKind,
}

impl From<&Slot> for Taken {
    fn from(slot: &Slot) -> Self {
        match slot.condition() {
            _ if !slot.is_logical || slot.is_temporary => Self::OfAnotherKind,
            Condition::Usable => Self::Usable,
            Condition::Lost => Self::Lost,
            Condition::BeingCreated => Self::BeingCreated,
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usable => "it can be used",
            Self::Lost => "it is lost",
            Self::BeingCreated => "somebody creates it",
            Self::OfAnotherKind => "it is a physical or a temporary one",
        })
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if let Some(name) = &self.name {
            write!(f, " of {name:?}")?;
        }
        if let Some(application) = &self.application_name {
            write!(f, " ({application})")?;
        }
        match &self.client_addr {
            Some(address) => write!(f, " from {address}"),
            None => Ok(()),
        }
    }
}
