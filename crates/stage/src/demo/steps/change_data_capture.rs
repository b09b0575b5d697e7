//! The step about change data capture: a consumer from nothing, a table more, and a slot that is lost.

use rds_emulator::client;
use serde_json::json;
use xtask::{
    failure::{Context, Failure},
    screen::Tone,
};

use super::Steps;
use crate::{
    configuration,
    demo::{
        cluster_client::ClusterClient,
        consumer::{Brought, Consumer},
    },
};

/// The consumer, and its slot.
const USER: &str = "analytics";
const PUBLICATION: &str = "analytics_pub";
/// What is published from the start.
const ORDERS: &str = "public.orders";
/// What joins later.
const ITEMS: &str = "public.items";
/// That table, with a row from before anybody consumes anything.
const CREATE_ITEMS: &str = "CREATE TABLE public.items (id bigint PRIMARY KEY, name text NOT NULL); \
                            INSERT INTO public.items VALUES (1, 'pen')";

/// Prepares what is there before anything is applied.
///
/// # Errors
/// With the server's error.
pub(super) async fn prepare(cluster_client: &ClusterClient) -> Result<(), Failure> {
    cluster_client.sql_as_master(CREATE_ITEMS).await
}

impl Steps<'_> {
    pub(super) async fn change_data_capture(&self) -> Result<(), Failure> {
        let started = self.title("5. Change data capture: a consumer from nothing, by one apply");
        let mut consumer = Consumer::new(&self.stage.cluster_client, USER);
        self.capture(&mut consumer).await?;
        self.add_table(&mut consumer).await?;
        consumer.leave().await?;
        self.lose_slot().await?;
        self.step_passed(started);
        Ok(())
    }

    /// User, publication, slot and rights are made; others write before, during and after the copy.
    async fn capture(&self, consumer: &mut Consumer<'_>) -> Result<(), Failure> {
        self.write(
            "INSERT INTO orders (item) SELECT 'order ' || n FROM generate_series(1, 1000) n",
        )
        .await?;
        self.let_the_master_user_create_roles().await?;
        self.configure(&[ORDERS])?;
        let apply = self.terraform(&["apply", "-auto-approve"], 0).await?;
        self.excerpt(&apply);
        apply.says("Resources: 4 added, 0 changed, 0 destroyed.")?;

        self.write("INSERT INTO orders (item) VALUES ('a'), ('b'), ('c')")
            .await?;
        self.write("UPDATE orders SET item = 'changed' WHERE item = 'order 1'")
            .await?;
        self.write("DELETE FROM orders WHERE item = 'order 2'")
            .await?;
        let copied = consumer.copy(ORDERS).await?;
        self.held(&format!(
            "{USER}, fresh IAM token: SELECT copies {copied} rows of {ORDERS}"
        ));
        let refused = consumer.refused(ITEMS).await?;
        self.held(&format!("{USER}, fresh IAM token: {refused}"));

        self.write("INSERT INTO orders (item) VALUES ('d'), ('e')")
            .await?;
        self.write("UPDATE orders SET item = 'changed' WHERE item = 'order 3'")
            .await?;
        consumer.stream(USER, PUBLICATION).await?;
        self.write("INSERT INTO orders (item) VALUES ('f')").await?;
        let brought = consumer.apply_until("f").await?;
        let expected = Brought {
            changes: 9,
            known: 5,
        };
        if brought != expected {
            return Err(Failure::new(format!(
                "the stream brought {brought:?}, not {expected:?}"
            )));
        }
        self.held(&format!(
            "{USER}, fresh IAM token: START_REPLICATION brings {} changes since the slot was made",
            brought.changes
        ));
        self.say(&format!(
            "{} of them were made before the copy: applied by key, they change nothing",
            brought.known
        ));
        self.same(consumer, ORDERS).await
    }

    /// A table joins the publication, while the stream goes on.
    async fn add_table(&self, consumer: &mut Consumer<'_>) -> Result<(), Failure> {
        self.configure(&[ORDERS, ITEMS])?;
        let apply = self.terraform(&["apply", "-auto-approve"], 0).await?;
        self.excerpt(&apply);
        apply.says("0 added, 2 changed, 0 destroyed.")?;
        self.write("INSERT INTO items VALUES (2, 'paper')").await?;
        let copied = consumer.copy(ITEMS).await?;
        self.write("INSERT INTO items VALUES (3, 'ink')").await?;
        let brought = consumer.apply_until("ink").await?;
        self.held(&format!(
            "{USER}: SELECT copies {copied} rows of {ITEMS}, and the running stream brings {}",
            brought.changes
        ));
        self.same(consumer, ITEMS).await
    }

    /// The slot is gone: it is said, and not made again in silence.
    async fn lose_slot(&self) -> Result<(), Failure> {
        self.stage.cluster_client.drop_slot(USER).await?;
        self.say(&format!(
            "SELECT pg_drop_replication_slot('{USER}'); by somebody else, and then a row is written:"
        ));
        self.write("INSERT INTO orders (item) VALUES ('g')").await?;
        let plan = self.terraform(&["plan", "-detailed-exitcode"], 2).await?;
        self.excerpt(&plan);
        let change = "~ status = \"missing\" -> \"usable\"";
        if !plan.plans(change) {
            return Err(plan.fail(&format!("does not show `{change}`")));
        }
        let apply = self.terraform(&["apply", "-auto-approve"], 1).await?;
        self.excerpt(&apply);
        apply.says("was not made again")?;
        for line in apply.error() {
            self.screen.toned(Tone::Red, &format!("     {line}"));
        }

        self.say("A person decides that the consumer begins anew:");
        let replace = format!("-replace=rdsiam_replication_slot.{USER}");
        let apply = self
            .terraform(&["apply", "-auto-approve", &replace], 0)
            .await?;
        self.excerpt(&apply);
        apply.says("Resources: 1 added, 0 changed, 1 destroyed.")?;
        let mut consumer = Consumer::new(&self.stage.cluster_client, USER);
        consumer.copy(ORDERS).await?;
        consumer.copy(ITEMS).await?;
        consumer.stream(USER, PUBLICATION).await?;
        self.write("INSERT INTO orders (item) VALUES ('h')").await?;
        consumer.apply_until("h").await?;
        self.same(&consumer, ORDERS).await?;
        consumer.leave().await
    }

    /// From PostgreSQL 16 on the creator of a role is a member of it, which the provider refuses where RDS would count
    /// that.
    async fn let_the_master_user_create_roles(&self) -> Result<(), Failure> {
        let cluster = self.stage.cluster_client.cluster();
        let path = format!("/clusters/{}/settings", cluster.identifier);
        let endpoint = &self.stage.emulator.connection().control_endpoint;
        let settings = json!({"creator_row_counts": false});
        client::control(endpoint, "POST", &path, &settings)
            .await
            .context("the control endpoint")?;
        let major = cluster.engine_version.split('.').next();
        if major.and_then(|major| major.parse().ok()) >= Some(16) {
            self.say("PostgreSQL makes the creator of a role a member of it. AWS does not say whether RDS counts that;");
            self.say("here it does not, and the master user may create users and goes on with its password.");
        }
        Ok(())
    }

    fn configure(&self, tables: &[&str]) -> Result<(), Failure> {
        let connection = self.stage.emulator.connection();
        let cluster = self.stage.cluster_client.cluster();
        let text = configuration::demo_with_consumer(connection, cluster, tables)?;
        self.stage.workspace.write(&text)
    }

    /// Others write, as those do whose tables these are.
    async fn write(&self, statement: &str) -> Result<(), Failure> {
        self.stage.cluster_client.sql_as_master(statement).await
    }

    /// Shows that a table of the consumer is what it is in the cluster.
    async fn same(&self, consumer: &Consumer<'_>, table: &str) -> Result<(), Failure> {
        let rows = consumer.compare(table).await?;
        self.held(&format!(
            "{table}: {rows} rows there, the same {rows} at {USER}: none lost, none twice"
        ));
        Ok(())
    }

    fn held(&self, text: &str) {
        self.screen.toned(Tone::Green, &format!("   {text}"));
    }
}
