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

/// Takes all slots away, as a major upgrade demands.
pub fn lose_slots(stand_in: &StandIn) {
    stand_in.control(
        "POST",
        "/clusters/orders/lose-slots",
        &serde_json::Value::Null,
    );
}

/// Whether somebody creates a slot, which waits for others, under whatever name.
pub fn is_being_created(stand_in: &StandIn) -> bool {
    let count = stand_in.sql_value(
        "SELECT count(*) FROM pg_replication_slots \
         WHERE slot_type = 'logical' AND active AND confirmed_flush_lsn IS NULL",
    );
    count.as_deref() == Some("1")
}

/// How many messages of a kind a slot of pgoutput has for who names a publication: `I` of rows that are inserted, `U` of
/// those that are updated.
pub fn messages(stand_in: &StandIn, slot: &str, publication: &str, kind: &str) -> u32 {
    // What is not in the files yet is not read.
    stand_in.sql("CHECKPOINT");
    let count = stand_in.sql_value(&format!(
        "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('{slot}', NULL, NULL, 'proto_version', '1', \
         'publication_names', '{publication}') WHERE get_byte(data, 0) = ascii('{kind}')"
    ));
    count.and_then(|count| count.parse().ok()).expect("a count")
}

/// A transaction of the master user that has written to `public.orders`; it ends with this.
pub struct Writer(tokio_postgres::Client);

impl Writer {
    /// Begins it, and writes.
    pub fn begin(stand_in: &StandIn) -> Self {
        let cluster = stand_in.cluster();
        Self::begin_as(stand_in, &cluster.master_username, &cluster.master_password)
    }

    /// The same of another user.
    pub fn begin_as(stand_in: &StandIn, user: &str, password: &str) -> Self {
        let client = stand_in
            .block_on(stand_in.session(stand_in.cluster(), user, password))
            .expect("the user may log in");
        let write = "BEGIN; INSERT INTO public.orders (item) VALUES ('of a writer')";
        stand_in
            .block_on(client.batch_execute(write))
            .expect("the writer goes on");
        Self(client)
    }

    /// Ends it, and keeps what it wrote.
    pub fn commit(self, stand_in: &StandIn) {
        stand_in
            .block_on(self.0.batch_execute("COMMIT"))
            .expect("the writer goes on");
    }
}
