//! The configuration, plan and state of a slot.

use std::collections::BTreeSet;

use tfplugin::{
    Field,
    schema::Validator,
    timeouts::{self, Operation, Timeouts},
    value::Value,
};

use super::TIMEOUT;
use crate::{
    connection::{DatabaseArguments, DatabaseRef},
    postgres::replication_slot::{Condition, Desired, Slot, check_slot_name},
    postgres_name,
    resources::in_database::InDatabase,
};

/// What `status` is of a slot that can be streamed from.
pub(super) const USABLE: &str = "usable";
/// What it is of one that can not any more.
pub(super) const LOST: &str = "lost";
/// What it is where there is none.
pub(super) const MISSING: &str = "missing";

/// A logical replication slot: from where on a consumer can have the changes of a database. Never made again in silence.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Model {
    /// Name of the slot: lower-case letters, digits and underscores. A change replaces the resource.
    #[attribute(
        required,
        requires_replace_once_known,
        validate = Validator::custom(check_name)
    )]
    pub(super) name: Field<String>,
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster that the slot is in. At most one of \
                              `cluster_identifier` and `db_instance_identifier`. Defaults to that of the \
                              provider's `postgres` block. A change to another one replaces the resource.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL, in no cluster) that the \
                                  slot is in. A change to another one replaces the resource.",
        region = "AWS Region of the cluster or instance that is named here. Defaults to the provider's. A \
                  change to another Region replaces the resource.",
    ))]
    pub(super) publisher: DatabaseArguments,
    /// The PostgreSQL database whose changes are decoded. Defaults to that of the provider's
    /// `postgres` block when the slot is created. A change replaces the resource.
    #[attribute(
        optional,
        computed,
        use_prior_state,
        requires_replace_once_known,
        validate = postgres_name::validator()
    )]
    pub(super) database: Field<String>,
    /// The output plugin. Defaults to `pgoutput`. A change replaces the resource.
    #[attribute(
        optional,
        default = "pgoutput",
        requires_replace_once_known,
        validate = postgres_name::validator()
    )]
    pub(super) plugin: Field<String>,
    /// Whether prepared transactions are decoded when they are prepared. PostgreSQL 14 or later.
    /// Defaults to `false`. A change replaces the resource.
    #[attribute(optional, default = false, requires_replace_once_known)]
    pub(super) two_phase: Field<bool>,
    /// Whether standby servers that are set up for it have the slot as well. PostgreSQL 17 or
    /// later. Defaults to `false`.
    #[attribute(optional, default = false)]
    pub(super) failover: Field<bool>,
    /// Publications of the database that the consumer of the slot will name. They must be there
    /// before the slot is created; later nothing is checked.
    #[attribute(optional, validate = Validator::each(postgres_name::validator()))]
    pub(super) publications: Field<BTreeSet<String>>,
    /// Whether the slot can be streamed from: `usable`, the only value that can be configured.
    /// Otherwise it is `lost`, or `missing` where somebody dropped it. Defaults to `usable`.
    #[attribute(optional, default = USABLE, validate = Validator::one_of([USABLE]))]
    pub(super) status: Field<String>,
    /// What an apply does about a slot that is lost or missing: `fail` changes nothing, `recreate`
    /// makes a new one of the same name, which lacks what was written since. Defaults to `fail`.
    #[attribute(optional, default = "fail", validate = Validator::one_of(["fail", "recreate"]))]
    pub(super) on_loss: Field<String>,
    /// What a destroy does: `drop` drops the slot, `retain` leaves it. Defaults to `drop`.
    #[attribute(optional, default = "drop", validate = Validator::one_of(["drop", "retain"]))]
    pub(super) on_destroy: Field<String>,
    /// Whether a destroy ends the stream of whoever uses the slot. Otherwise it is refused as long
    /// as somebody does. Defaults to `false`.
    #[attribute(optional, default = false)]
    pub(super) force_destroy: Field<bool>,
    /// The position in the WAL from which on the slot has every change; null of an imported one. It
    /// is another one once the slot was made again.
    #[attribute(computed, use_prior_state)]
    pub(super) consistent_point: Field<String>,
    /// `TARGET/NAME`; TARGET is `cluster:IDENTIFIER`, `instance:IDENTIFIER` or `host:port`.
    #[attribute(computed, use_prior_state)]
    pub(super) id: Field<String>,
    #[block(schema = timeouts::block([
        (Operation::Create, TIMEOUT),
        (Operation::Read, TIMEOUT),
        (Operation::Update, TIMEOUT),
        (Operation::Delete, TIMEOUT),
    ]))]
    pub(super) timeouts: Field<Timeouts>,
}

impl Model {
    /// A state of which only the name is known: the arguments' defaults where the server has no say.
    pub(super) fn named(name: String) -> Self {
        use tfplugin::Model as _;

        Self {
            name: name.into(),
            ..Self::defaults()
        }
    }

    /// The database of PostgreSQL that the slot is in, or is to be. The slot itself is the server's.
    pub(super) fn own_database_ref(&self) -> DatabaseRef {
        self.database_ref().named(self.database.clone())
    }

    /// What the slot is to be.
    pub(super) fn desired(&self) -> Desired {
        Desired {
            name: self.name.or_default(),
            plugin: self.plugin.or_default(),
            two_phase: is_true(&self.two_phase),
            failover: is_true(&self.failover),
            publications: self.publications.or_default(),
            replaces_lost: false,
        }
    }

    /// Stores what the server has.
    pub(super) fn store(&mut self, live: &Slot) {
        self.plugin = live.plugin.clone().into();
        self.database = live.database.clone().into();
        self.two_phase = live.two_phase.into();
        self.failover = live.failover.into();
        let status = match live.condition() {
            Condition::Lost => LOST,
            Condition::Usable | Condition::BeingCreated => USABLE,
        };
        self.status = status.into();
    }

    /// Whether the slot is there and can be streamed from, as far as the state says.
    pub(super) fn is_usable(&self) -> bool {
        self.status.known().map(String::as_str) == Some(USABLE)
    }

    /// Whether it is made again when it is lost or missing.
    pub(super) fn is_recreated(&self) -> bool {
        self.on_loss.known().map(String::as_str) == Some("recreate")
    }

    /// Whether a destroy leaves it.
    pub(super) fn is_retained(&self) -> bool {
        self.on_destroy.known().map(String::as_str) == Some("retain")
    }
}

impl InDatabase for Model {
    const TITLE: &'static str = "Replication Slot";
    const NOUN: &'static str = "slot";
    const OBJECT: &'static str = "replication slot";
    const ID: &'static str = "TARGET/NAME";
    const AFTER_TARGET: &'static str = "the name of the slot";

    fn name(&self) -> &Field<String> {
        &self.name
    }

    fn name_mut(&mut self) -> &mut Field<String> {
        &mut self.name
    }

    fn arguments(&self) -> &DatabaseArguments {
        &self.publisher
    }

    fn arguments_mut(&mut self) -> &mut DatabaseArguments {
        &mut self.publisher
    }

    fn id(&self) -> &Field<String> {
        &self.id
    }

    fn outcome_of_both(&self) -> &'static str {
        "Either the slot is dropped and then created anew, and its consumer misses what was written before that, or the \
         creation is refused because it is still there."
    }
}

pub(super) fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

fn check_name(value: &Value) -> Result<(), String> {
    check_slot_name(value.as_str().unwrap_or_default())
}
