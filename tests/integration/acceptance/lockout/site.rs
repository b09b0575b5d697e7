//! A server under attack.

use rds_emulator::{
    Cluster,
    client::{AuthRequest, probe},
    relay::Relay,
};
use serde_json::json;

use crate::support::{StandIn, pooler::port_of, within};

/// How long after whatever happened the master user's password must work again, in seconds.
const WAY_BACK: u64 = 40;
/// Sessions of the provider that are in the middle of something. A transaction that has failed does nothing
/// any more, and its session waits for a client that does not come.
const UNDER_WAY: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE application_name = 'terraform-provider-rdsiam' AND state NOT IN ('idle', 'idle in transaction (aborted)')";

/// One cluster of a stand-in.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub stand_in: &'a StandIn,
    pub cluster: &'a Cluster,
}

impl<'a> Site<'a> {
    /// The first cluster.
    pub fn of(stand_in: &'a StandIn) -> Self {
        Self {
            stand_in,
            cluster: stand_in.cluster(),
        }
    }

    /// All clusters.
    pub fn all(stand_in: &'a StandIn) -> impl Iterator<Item = Self> {
        let clusters = stand_in.connection().clusters.iter();
        clusters.map(move |cluster| Self { stand_in, cluster })
    }

    /// Runs SQL as the superuser, past the gate.
    pub fn sql(&self, text: &str) -> Vec<Vec<Option<String>>> {
        self.stand_in.sql_at(&self.cluster.superuser_url, text)
    }

    /// Runs SQL as the master user, past the gate.
    pub fn sql_as_master(&self, text: &str) {
        let url = format!(
            "postgresql://{}:{}@127.0.0.1:{}/{}?sslmode=disable",
            self.cluster.master_username,
            self.cluster.master_password,
            port_of(&self.cluster.superuser_url),
            self.cluster.database
        );
        self.stand_in.sql_at(&url, text);
    }

    /// The first text that a query gives, or nothing.
    pub fn value(&self, text: &str) -> String {
        let row = self.sql(text).into_iter().next().unwrap_or_default();
        row.into_iter().next().flatten().unwrap_or_default()
    }

    /// Whether there is a role.
    pub fn exists(&self, role: &str) -> bool {
        let role = role.replace('\'', "''");
        self.value(&format!(
            "SELECT count(*) FROM pg_roles WHERE rolname = '{role}'"
        )) == "1"
    }

    /// The roles that a role is a direct member of.
    pub fn memberships(&self, role: &str) -> Vec<String> {
        let role = role.replace('\'', "''");
        let rows = self.sql(&format!(
            "SELECT DISTINCT pg_get_userbyid(roleid) FROM pg_auth_members \
             WHERE member = (SELECT oid FROM pg_roles WHERE rolname = '{role}') ORDER BY 1"
        ));
        rows.into_iter()
            .filter_map(|mut row| row.remove(0))
            .collect()
    }

    /// Whether the server counts the creator's row.
    pub fn count_creators(&self, counts: bool) {
        self.stand_in.control(
            "POST",
            &format!("/clusters/{}/settings", self.cluster.identifier),
            &json!({"creator_row_counts": counts}),
        );
    }

    /// What the gate asks a user for.
    pub fn requested(&self, user: &str) -> AuthRequest {
        let ca_file = &self.stand_in.connection().ca_file;
        let asked = self
            .stand_in
            .block_on(probe(self.cluster, ca_file, user, false));
        asked.expect("the gate answers")
    }

    /// Logs in through the gate by a password.
    pub fn logs_in(&self, user: &str, password: &str) -> Result<(), String> {
        self.stand_in.log_in(self.cluster, user, password)
    }

    /// The master user's password works, at once.
    #[track_caller]
    pub fn assert_way_in(&self) {
        let cluster = self.cluster;
        let logged_in = self.logs_in(&cluster.master_username, &cluster.master_password);
        assert_eq!(
            logged_in,
            Ok(()),
            "the master user of {} is locked out",
            cluster.identifier
        );
    }

    /// The master user's password works soon, and the server has nothing more of a run under way; then it
    /// still works.
    #[track_caller]
    pub fn assert_way_back(&self) {
        let cluster = self.cluster;
        within(
            WAY_BACK,
            &format!("the way back into {}", cluster.identifier),
            || {
                self.logs_in(&cluster.master_username, &cluster.master_password)
                    .is_ok()
            },
        );
        self.wait_for_the_end();
        self.assert_way_in();
    }

    /// Waits until the server has nothing of a run under way.
    #[track_caller]
    pub fn wait_for_the_end(&self) {
        within(WAY_BACK, "the end of what is under way", || {
            self.value(UNDER_WAY) == "0"
        });
    }

    /// A network in front of its gate.
    pub fn relay(&self) -> Relay {
        self.stand_in.relay_to(&self.cluster.identifier)
    }

    /// A provider block that names the cluster and leads through its gate.
    pub fn provider(&self, more: &str) -> String {
        self.provider_through(self.cluster.connect_port, more)
    }

    /// A provider block that names the cluster and leads through another port.
    pub fn provider_through(&self, port: u16, more: &str) -> String {
        let cluster = self.cluster;
        self.stand_in
            .provider_of("cluster_identifier", cluster, more)
            .replace(
                &format!("connect_port = {}", cluster.connect_port),
                &format!("connect_port = {port}"),
            )
    }

    /// A provider block that knows the server by a host name alone, and leads through a port; how TLS is
    /// spoken stands in `more`.
    pub fn provider_by_host(&self, host: &str, port: u16, more: &str) -> String {
        let cluster = self.cluster;
        format!(
            "provider \"rdsiam\" {{\n  postgres {{\n    host = {host:?}\n    port = {}\n    connect_host = {:?}\n    \
             connect_port = {port}\n    username = {:?}\n    password = {:?}\n    database = {:?}\n    \
             {more}\n  }}\n}}\n",
            cluster.port,
            cluster.connect_host,
            cluster.master_username,
            cluster.master_password,
            cluster.database,
        )
    }
}
