//! What happens to running clusters and instances: reboots, failovers, stops, and the clock.

use std::time::Instant;

use super::Account;
use crate::model::{Error, Kind, Publisher, member::Status, parameter_group::ParameterGroup};

/// What can happen to a whole cluster, or to an instance that stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// A reader becomes the writer; all instances restart.
    Failover,
    /// All instances of a Multi-AZ DB cluster restart: RebootDBCluster.
    Reboot,
    /// All instances stop.
    Stop,
    /// All instances start.
    Start,
    /// A snapshot is taken.
    Snapshot,
    /// It is gone, and its snapshot was restored under its name.
    Restore,
    /// The green environment of a blue/green deployment takes over its name.
    Switchover,
}

impl Account {
    /// A reboot of an instance begins; its publisher's identifier and whether it is the writer.
    ///
    /// # Errors
    /// When there is no such instance, or it is not available.
    pub fn begin_reboot(&mut self, instance: &str) -> Result<(String, bool), Error> {
        let (publisher, place) = self.instance(instance)?;
        let available = publisher.members[place].status == Status::Available
            && publisher.status == Status::Available;
        if !available {
            return Err(Error::InstanceReboot(instance.to_owned()));
        }
        let identifier = publisher.identifier.clone();
        let publisher = self.publisher_mut(&identifier)?;
        if !publisher.kind.is_cluster() {
            publisher.status = Status::Rebooting;
        }
        let member = &mut publisher.members[place];
        member.status = Status::Rebooting;
        Ok((identifier, member.is_writer))
    }

    /// A reboot of an instance is done: it runs with the values of the group.
    pub fn finish_reboot(&mut self, instance: &str) {
        let Ok((publisher, place)) = self.instance(instance) else {
            return;
        };
        let identifier = publisher.members[place].identifier.clone();
        let name = publisher.identifier.clone();
        if let Some((publisher, group)) = self.publisher_and_group(&name) {
            if publisher.kind.is_cluster() {
                publisher.boot_member(&identifier, &group);
            } else {
                publisher.boot(&group);
            }
        }
    }

    /// A transition of a whole publisher begins.
    ///
    /// # Errors
    /// When the publisher is not there, or is of a kind or in a state that does not allow it.
    pub fn begin(&mut self, publisher: &str, transition: Transition) -> Result<(), Error> {
        let publisher = self.publisher_mut(publisher)?;
        let identifier = publisher.identifier.clone();
        match (transition, publisher.kind) {
            (Transition::Failover, Kind::Instance) => return Err(Error::NoStandby(identifier)),
            (Transition::Reboot, Kind::Aurora | Kind::Instance) => {
                return Err(Error::ClusterReboot(identifier));
            }
            (Transition::Switchover, Kind::MultiAzCluster) => {
                return Err(Error::NoBlueGreenDeployment(identifier));
            }
            (Transition::Restore, _) if !publisher.has_snapshot => {
                return Err(Error::SnapshotNotFound(identifier));
            }
            _ => {}
        }
        if transition == Transition::Start {
            if publisher.status != Status::Stopped {
                let status = publisher.shown_status().as_str().to_owned();
                return Err(Error::NotStopped { identifier, status });
            }
        } else {
            publisher.check_running()?;
        }
        match transition {
            Transition::Failover => publisher.set_status(Status::FailingOver, Status::Rebooting),
            Transition::Reboot => publisher.set_status(Status::Rebooting, Status::Rebooting),
            Transition::Stop => publisher.set_status(Status::Stopping, Status::Stopping),
            Transition::Start => publisher.set_status(Status::Starting, Status::Starting),
            Transition::Snapshot => publisher.set_status(Status::BackingUp, Status::BackingUp),
            Transition::Restore => publisher.set_status(Status::Creating, Status::Creating),
            Transition::Switchover => publisher.set_status(Status::Renaming, Status::Renaming),
        }
        Ok(())
    }

    /// A transition of a whole publisher is done.
    pub fn finish(&mut self, publisher: &str, transition: Transition) {
        let Some((publisher, group)) = self.publisher_and_group(publisher) else {
            return;
        };
        match transition {
            Transition::Failover => {
                publisher.promote_a_reader();
                publisher.boot(&group);
            }
            Transition::Stop => publisher.set_status(Status::Stopped, Status::Stopped),
            Transition::Reboot | Transition::Start => publisher.boot(&group),
            Transition::Snapshot => {
                publisher.has_snapshot = true;
                publisher.boot(&group);
            }
            Transition::Restore | Transition::Switchover => {
                publisher.take_new_resource_ids();
                publisher.boot(&group);
            }
        }
    }

    fn publisher_and_group(&mut self, publisher: &str) -> Option<(&mut Publisher, ParameterGroup)> {
        let group = self.group_of(self.publisher(publisher).ok()?).ok()?.clone();
        Some((self.publisher_mut(publisher).ok()?, group))
    }

    /// Lets happen what was due by now.
    pub fn advance(&mut self, now: Instant) {
        for publisher in &mut self.publishers {
            publisher.advance(now);
        }
    }

    /// When the next thing will happen by itself.
    pub fn next_due(&self) -> Option<Instant> {
        self.publishers.iter().filter_map(Publisher::next_due).min()
    }
}
