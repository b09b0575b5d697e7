//! A slot that is not created or dropped.

use tfplugin::Diagnostic;

use super::{Advice, import::import_command};
use crate::{
    connection::Endpoint,
    diagnostics::sentence,
    operation::Operation,
    postgres::replication_slot::{Refusal, Taken, TooOld, User, Writers},
};

/// An error that says what was refused and what to do, at the attribute to blame.
pub(in crate::diagnostics) fn refused_slot(
    operation: &Operation,
    name: &str,
    id: &str,
    endpoint: &Endpoint,
    refusal: &Refusal,
) -> Diagnostic {
    let server = &endpoint.connector.endpoint();
    let user = endpoint.connector.username();
    let (at, detail) = match refusal {
        Refusal::Name(reason) => (
            "name",
            format!("The name {name:?} {reason}. Nothing was changed."),
        ),
        Refusal::Exists(taken) => exists(name, id, server, *taken),
        Refusal::NoPublications(missing) => no_publications(name, &endpoint.database, missing),
        Refusal::NotLogical(wal_level) => not_logical(server, wal_level),
        Refusal::NoRoom => no_room(server),
        Refusal::TooOld(too_old) => too_old_for(too_old),
        Refusal::NoPlugin(said) => no_plugin(server, said),
        Refusal::NoRight(said) => no_right(user, server, said),
        Refusal::NoRightToEnd(said) => no_right_to_end(user, server, said),
        Refusal::Waited { seconds, writers } => waited(name, *seconds, writers),
        Refusal::InUse(user) => in_use(name, server, user),
        Refusal::Streaming(user) => streaming(name, server, user),
    };
    Diagnostic::error(format!("{} {name:?}", operation.title()), detail).at(at)
}

fn exists(name: &str, id: &str, server: &str, taken: Taken) -> Advice {
    let detail = match taken {
        Taken::Usable | Taken::Lost => {
            let import = import_command(id);
            let lost = match taken {
                Taken::Lost => " It can not be streamed from any more.",
                _ => "",
            };
            format!(
                "The slot {name:?} is there already on {server}. No slot says who made it, and two consumers of one slot miss \
                 each other's changes, so it is not taken over.{lost} Nothing was changed. If nothing else manages it and \
                 nobody else streams from it, import it and apply again:\n\n{import}"
            )
        }
        Taken::BeingCreated => format!(
            "Somebody else is just creating the slot {name:?} on {server}. Nothing was changed. Look who that is before you \
             try again: `SELECT * FROM pg_replication_slots`."
        ),
        Taken::OfAnotherKind => format!(
            "The name {name:?} is that of a physical or temporary slot on {server}. Nothing was changed. Choose another name."
        ),
    };
    ("name", detail)
}

fn no_publications(name: &str, database: &str, missing: &[String]) -> Advice {
    let missing: Vec<String> = missing.iter().map(|one| format!("{one:?}")).collect();
    let detail = format!(
        "The database {database:?} has no publication {}, which the consumer of the slot {name:?} will name. What is written \
         between a slot and its publication can not be decoded: up to PostgreSQL 17 the stream fails at that for good, from \
         18 on it silently lacks it. Nothing was changed. Create the publication first: where `publications` refers to an \
         `rdsiam_publication`, Terraform keeps that order.",
        missing.join(", ")
    );
    ("publications", detail)
}

fn not_logical(server: &str, wal_level: &str) -> Advice {
    let detail = format!(
        "The wal_level of {server} is {wal_level:?}, and a logical slot takes `logical`. Nothing was changed. Set \
         `rds.logical_replication` to 1 in the parameter group, and reboot."
    );
    ("name", detail)
}

fn no_room(server: &str) -> Advice {
    let detail = format!(
        "All replication slots of {server} are in use. Nothing was changed. Raise `max_replication_slots` in the parameter \
         group and reboot, or drop slots that nobody needs; the data source `rdsiam_replication_slots` has them."
    );
    ("name", detail)
}

fn too_old_for(too_old: &TooOld) -> Advice {
    (too_old.argument, format!("Nothing was changed: {too_old}."))
}

fn no_plugin(server: &str, said: &str) -> Advice {
    let detail = format!(
        "The output plugin cannot be used on {server}, which says: {} Nothing was changed. `pgoutput` is part of \
         PostgreSQL; others must be installed there, and newer minor versions take only those that the server's \
         `output_plugin_libraries` lists.",
        sentence(&said)
    );
    ("plugin", detail)
}

fn no_right(user: &str, server: &str, said: &str) -> Advice {
    let detail = format!(
        "The user {user:?} may not manage replication slots on {server}, which says: {} Nothing was changed. Members of \
         rds_replication may, and the master user can grant that:\n\n  GRANT rds_replication TO \"{}\";",
        sentence(&said),
        user.replace('"', "\"\"")
    );
    ("name", detail)
}

fn no_right_to_end(user: &str, server: &str, said: &str) -> Advice {
    let detail = format!(
        "The user {user:?} may not end the stream of whoever uses the slot on {server}, which says: {} Nothing was changed. \
         Members of pg_signal_backend may, and the master user can grant that; or stop the consumer:\n\n  \
         GRANT pg_signal_backend TO \"{}\";",
        sentence(&said),
        user.replace('"', "\"\"")
    );
    ("force_destroy", detail)
}

fn waited(name: &str, seconds: u64, writers: &Writers) -> Advice {
    let whom = match writers.is_empty() {
        true => "By now none of them is open any more.".to_owned(),
        false => format!("These are open yet: {writers}."),
    };
    let detail = format!(
        "The creation of the slot {name:?} waited {seconds} seconds for transactions that have written and were still open, in \
         every database of the server, and was given up. {whom} There is no slot. Have them end (also those who idle in a \
         transaction, and COMMIT or ROLLBACK what is prepared), or set a longer `create` in `timeouts`, and a longer `update` where \
         a slot is made again."
    );
    ("timeouts", detail)
}

fn in_use(name: &str, server: &str, user: &User) -> Advice {
    let detail = format!(
        "The slot {name:?} on {server} is in use by {user}. Nothing was changed. Stop its consumer, or set `force_destroy = \
         true` and apply that first: the destroy ends the stream then."
    );
    ("force_destroy", detail)
}

fn streaming(name: &str, server: &str, user: &User) -> Advice {
    let detail = format!(
        "The slot {name:?} on {server} can only be changed while nobody streams from it, and is in use by {user}. Nothing was \
         changed. Stop its consumer for a moment, and apply again; or set a longer `update` in `timeouts`: the change waits for \
         the consumer to let go of it."
    );
    ("failover", detail)
}
