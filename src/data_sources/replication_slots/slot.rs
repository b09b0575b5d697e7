//! One slot, as Terraform sees it.

use tfplugin::{Field, Model};

use crate::postgres::{
    Lsn,
    replication_slot::{Condition, Slot},
};

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq, Model)]
pub(super) struct SlotModel {
    /// Its name.
    #[attribute(computed)]
    name: Field<String>,
    /// `logical` or `physical`.
    #[attribute(computed)]
    slot_type: Field<String>,
    /// Whether it ends with the session that made it.
    #[attribute(computed)]
    temporary: Field<bool>,
    /// Its output plugin; null of a physical one.
    #[attribute(computed)]
    plugin: Field<String>,
    /// The PostgreSQL database whose changes it decodes; null of a physical one.
    #[attribute(computed)]
    database: Field<String>,
    /// Whether prepared transactions are decoded when they are prepared.
    #[attribute(computed)]
    two_phase: Field<bool>,
    /// Whether standby servers that are set up for it have the slot as well.
    #[attribute(computed)]
    failover: Field<bool>,
    /// `usable`, `lost`, or `being_created` while its creation waits for transactions of others.
    #[attribute(computed)]
    status: Field<String>,
    /// Whether the WAL is there that it needs, as PostgreSQL 13 and later say: `reserved`,
    /// `extended`, `unreserved` or `lost`.
    #[attribute(computed)]
    wal_status: Field<String>,
    /// Why it can not be used any more, as PostgreSQL 17 and later say.
    #[attribute(computed)]
    invalidation_reason: Field<String>,
    /// How many bytes of WAL may be written before it can be lost; negative where it is about to be.
    /// Null where nothing limits that, and before PostgreSQL 13.
    #[attribute(computed)]
    safe_wal_size: Field<i64>,
    /// From which position in the WAL on it retains that.
    #[attribute(computed)]
    restart_lsn: Field<String>,
    /// The position that its consumer has confirmed.
    #[attribute(computed)]
    confirmed_flush_lsn: Field<String>,
    /// How many bytes of WAL it retains.
    #[attribute(computed)]
    retained_bytes: Field<i64>,
    /// How many bytes of WAL were written that its consumer has not confirmed.
    #[attribute(computed)]
    lag_bytes: Field<i64>,
    /// How many milliseconds it takes its consumer to confirm what is written. Null where nobody
    /// streams, where nothing was written lately, and where it may not be seen.
    #[attribute(computed)]
    lag_milliseconds: Field<i64>,
    /// Whether somebody uses it now.
    #[attribute(computed)]
    active: Field<bool>,
    /// Since when nobody does, as PostgreSQL 17 and later say; not from before the server's start.
    #[attribute(computed)]
    inactive_since: Field<String>,
    /// The process that uses it.
    #[attribute(computed)]
    pid: Field<i32>,
    /// The user of that process.
    #[attribute(computed)]
    user: Field<String>,
    /// Its application; null where it is empty or may not be seen.
    #[attribute(computed)]
    application_name: Field<String>,
    /// The address of its client; null where it may not be seen.
    #[attribute(computed)]
    client_addr: Field<String>,
}

impl SlotModel {
    /// A slot with who uses it.
    pub(super) fn new(name: &str, slot: &Slot) -> Self {
        let kind = if slot.is_logical {
            "logical"
        } else {
            "physical"
        };
        let status = match slot.condition() {
            Condition::BeingCreated => "being_created",
            Condition::Usable => "usable",
            Condition::Lost => "lost",
        };
        let user = slot.user.clone();
        let lag = user.as_ref().and_then(|user| user.lag);
        Self {
            name: name.into(),
            slot_type: kind.into(),
            temporary: slot.is_temporary.into(),
            plugin: slot.plugin.clone().into(),
            database: slot.database.clone().into(),
            two_phase: slot.two_phase.into(),
            failover: slot.failover.into(),
            status: status.into(),
            wal_status: slot.wal_status.clone().into(),
            invalidation_reason: slot.invalidation_reason.clone().into(),
            safe_wal_size: slot.safe_wal_size.into(),
            restart_lsn: text(slot.restart_lsn),
            confirmed_flush_lsn: text(slot.confirmed_flush_lsn),
            retained_bytes: number(slot.retained_bytes()),
            lag_bytes: number(slot.lag_bytes()),
            lag_milliseconds: number(lag.map(|microseconds| microseconds / 1000)),
            active: user.is_some().into(),
            inactive_since: slot.inactive_since.clone().into(),
            pid: user.as_ref().map(|user| user.pid).into(),
            user: user.as_ref().and_then(|user| user.name.clone()).into(),
            application_name: user
                .as_ref()
                .and_then(|user| user.application_name.clone())
                .into(),
            client_addr: user.and_then(|user| user.client_addr).into(),
        }
    }
}

fn text(lsn: Option<Lsn>) -> Field<String> {
    lsn.map(|lsn| lsn.to_string()).into()
}

fn number(bytes: Option<u64>) -> Field<i64> {
    bytes.and_then(|bytes| i64::try_from(bytes).ok()).into()
}
