//! Configurations of one `rdsiam_replication_slot`.

use super::{StandIn, Workspace, user::hcl};

/// Its address.
pub const ADDRESS: &str = "rdsiam_replication_slot.this";

/// The resource block of a slot.
pub fn resource(name: &str, arguments: &str) -> String {
    format!(
        "resource \"rdsiam_replication_slot\" \"this\" {{\n  name = \"{}\"\n  {arguments}\n}}\n",
        hcl(name)
    )
}

/// A workspace with a slot in the stand-in's first cluster.
pub fn workspace(stand_in: &StandIn, name: &str, arguments: &str) -> Workspace {
    let workspace = Workspace::new(stand_in);
    rewrite(&workspace, stand_in, name, arguments);
    workspace
}

/// Writes other arguments of the slot.
pub fn rewrite(workspace: &Workspace, stand_in: &StandIn, name: &str, arguments: &str) {
    workspace.write(&(stand_in.provider() + &resource(name, arguments)));
}

/// Whether there is a slot of that name.
pub fn is_there(stand_in: &StandIn, name: &str) -> bool {
    let count = stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{name}'"
    ));
    count.as_deref() == Some("1")
}

/// Drops a slot, as somebody else would.
pub fn drop_slot(stand_in: &StandIn, name: &str) {
    stand_in.sql(&format!("SELECT pg_drop_replication_slot('{name}')"));
}

/// Takes all slots away, as a restore or a blue/green switchover does.
pub fn lose_slots(stand_in: &StandIn) {
    stand_in.control(
        "POST",
        "/clusters/orders/lose-slots",
        &serde_json::Value::Null,
    );
}

/// How many processes create a slot, or wait for others to do so.
pub fn is_being_created(stand_in: &StandIn, name: &str) -> bool {
    let count = stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_replication_slots \
         WHERE slot_name = '{name}' AND active AND confirmed_flush_lsn IS NULL"
    ));
    count.as_deref() == Some("1")
}
