//! The SQL that the users need, in one session and without Terraform: what nobody can be faster than.

use std::time::Instant;

use rds_emulator::Cluster;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};
use xtask::failure::{Context, Failure};

use super::{Cost, Costs, traffic::Traffic, workload::name};

/// What a refresh must know: all roles, and who is in which.
const READ: &str = "SELECT oid, rolname, rolcanlogin, rolsuper, rolreplication FROM pg_roles; \
                    SELECT roleid, member, grantor, admin_option FROM pg_auth_members";

/// A session of the superuser, past the gate.
pub struct Session {
    client: Client,
    /// Who grants: on 16 and later only who has granted can revoke.
    master: String,
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn open(cluster: &Cluster) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(&cluster.superuser_url, NoTls)
            .await
            .context("connecting as superuser")?;
        // Its errors come out of the client.
        tokio::spawn(connection);
        Ok(Self {
            client,
            master: cluster.master_username.clone(),
        })
    }

    /// Makes logins that have nothing yet.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn create_roles(&self, users: u32) -> Result<(), Failure> {
        let text: String = (0..users)
            .map(|number| format!("CREATE ROLE {} LOGIN; ", name(number)))
            .collect();
        self.client
            .batch_execute(&text)
            .await
            .context("CREATE ROLE")
    }

    /// The server's version, such as `17.10`.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn version(&self) -> Result<String, Failure> {
        let text = "SHOW server_version";
        let messages = self.client.simple_query(text).await.context(text)?;
        let version = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.split(' ').next(),
            _ => None,
        });
        version
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(format!("{text} shows nothing")))
    }

    /// Grants, reads and revokes: a transaction for each user, one after the other.
    ///
    /// # Errors
    /// With the server's error.
    pub async fn measure(&self, users: u32) -> Result<Costs, Failure> {
        let set_role = format!("SET ROLE {}", self.master);
        self.client
            .batch_execute(&set_role)
            .await
            .context(&set_role)?;
        let each =
            |text: &'static str| (0..users).map(move |number| text.replace("USER", &name(number)));
        Ok(Costs {
            apply: self
                .run(each("GRANT rds_replication TO USER; GRANT rds_iam TO USER"))
                .await?,
            refresh: self.run([READ.to_owned()]).await?,
            destroy: self
                .run(each(
                    "REVOKE rds_iam FROM USER; REVOKE rds_replication FROM USER",
                ))
                .await?,
        })
    }

    /// Runs each text in a round trip of its own. Several statements in one are a transaction.
    async fn run(&self, texts: impl IntoIterator<Item = String>) -> Result<Cost, Failure> {
        let started = Instant::now();
        let mut round_trips = 0;
        for text in texts {
            self.client.simple_query(&text).await.context(&text)?;
            round_trips += 1;
        }
        Ok(Cost {
            took: started.elapsed(),
            cpu: None,
            traffic: Traffic {
                connections: 1,
                unauthenticated: 0,
                statements: round_trips,
                round_trips,
            },
        })
    }
}
