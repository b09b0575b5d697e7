//! One DB instance: what runs in it, and what is on its way there.

use std::{collections::BTreeMap, time::Instant};

use super::{Family, catalog::ParameterDefinition, parameter_group::ParameterGroup, resource_id};

/// `Status` of a cluster or `DBInstanceStatus` of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In service.
    Available,
    /// A snapshot is being taken.
    BackingUp,
    /// The IAM flag is being changed; connections go on.
    ConfiguringIamDatabaseAuth,
    /// It is being restored from a snapshot.
    Creating,
    /// A reader becomes the writer.
    FailingOver,
    /// An instance restarts.
    Rebooting,
    /// Another one takes over its name.
    Renaming,
    /// On its way up.
    Starting,
    /// Down.
    Stopped,
    /// On its way down.
    Stopping,
}

impl Status {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::BackingUp => "backing-up",
            Self::ConfiguringIamDatabaseAuth => "configuring-iam-database-auth",
            Self::Creating => "creating",
            Self::FailingOver => "failing-over",
            Self::Rebooting => "rebooting",
            Self::Renaming => "renaming",
            Self::Starting => "starting",
            Self::Stopped => "stopped",
            Self::Stopping => "stopping",
        }
    }
}

/// A value on its way to a member.
#[derive(Clone, Debug)]
struct Change {
    name: &'static str,
    /// `None` is the default.
    value: Option<String>,
    due: Instant,
}

/// The status from before a change, for the readings that come too early.
#[derive(Clone, Debug)]
struct Stale {
    status: &'static str,
    readings_left: u32,
}

/// An instance of a cluster, or one that stands alone.
#[derive(Clone, Debug)]
pub struct Member {
    /// `DBInstanceIdentifier`.
    pub identifier: String,
    /// `DbiResourceId`.
    pub resource_id: String,
    /// `IsClusterWriter`; an instance that stands alone is its own writer.
    pub is_writer: bool,
    /// `DBInstanceStatus`.
    pub status: Status,
    /// The values that somebody had set when they were taken in, by parameter name.
    running: BTreeMap<&'static str, String>,
    applying: Vec<Change>,
    pending_reboot: bool,
    stale: Option<Stale>,
}

impl Member {
    /// An instance that runs with the group's values.
    pub fn new(identifier: String, is_writer: bool, group: &ParameterGroup) -> Self {
        Self {
            identifier,
            resource_id: resource_id::of_instance(),
            is_writer,
            status: Status::Available,
            running: group.values(),
            applying: Vec::new(),
            pending_reboot: false,
            stale: None,
        }
    }

    /// `DBClusterParameterGroupStatus` or `ParameterApplyStatus`, as it is.
    pub fn parameter_group_status(&self) -> &'static str {
        if self.pending_reboot {
            "pending-reboot"
        } else if self.applying.is_empty() {
            "in-sync"
        } else {
            "applying"
        }
    }

    /// The same, as a reader is told; counts as one reading.
    pub fn read_parameter_group_status(&mut self) -> &'static str {
        match &mut self.stale {
            Some(stale) if stale.readings_left > 0 => {
                stale.readings_left -= 1;
                stale.status
            }
            _ => self.parameter_group_status(),
        }
    }

    /// Whether a change is still on its way.
    pub(super) fn is_applying(&self) -> bool {
        !self.applying.is_empty()
    }

    /// When the next change takes effect.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.applying.first().map(|change| change.due)
    }

    /// A value is to take effect at a given time, after those that are on their way; `None` is
    /// the default.
    pub(super) fn apply(
        &mut self,
        parameter: &'static ParameterDefinition,
        value: Option<&str>,
        due: Instant,
        stale_readings: u32,
    ) {
        self.expect_stale_readings(stale_readings);
        let after_the_last = self.applying.last().map(|change| change.due);
        self.applying.push(Change {
            name: parameter.name,
            value: value.map(str::to_owned),
            due: after_the_last.map_or(due, |last| last.max(due)),
        });
    }

    /// A change waits for a reboot.
    pub(super) fn await_reboot(&mut self, stale_readings: u32) {
        self.expect_stale_readings(stale_readings);
        self.pending_reboot = true;
    }

    fn expect_stale_readings(&mut self, readings: u32) {
        let status = self.parameter_group_status();
        self.stale = Some(Stale {
            status,
            readings_left: readings,
        });
    }

    /// It has restarted with the group's values.
    pub(super) fn boot(&mut self, group: &ParameterGroup) {
        self.running = group.values();
        self.applying.clear();
        self.pending_reboot = false;
        self.stale = None;
        self.status = Status::Available;
    }

    /// Lets happen what was due by now.
    pub(super) fn advance(&mut self, now: Instant) {
        let due = self
            .applying
            .iter()
            .take_while(|change| change.due <= now)
            .count();
        for change in self.applying.drain(..due) {
            match change.value {
                Some(value) => self.running.insert(change.name, value),
                None => self.running.remove(change.name),
            };
        }
    }

    /// Whether a boolean parameter is on in the running server.
    pub(super) fn runs_with(&self, family: Family, name: &str) -> bool {
        let default = || {
            family
                .parameter(name)
                .and_then(|parameter| parameter.default_value)
        };
        self.running.get(name).map(String::as_str).or_else(default) == Some("1")
    }
}
