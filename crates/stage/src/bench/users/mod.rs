//! What many users cost: apply, refresh and destroy with the CLI and the release binary, beside as
//! many empty resources, and beside the same SQL in one session.
//!
//! `workload` says what is applied; `session` is the SQL without Terraform; `stand_in` runs the server that both
//! are applied to; `traffic` counts at its gate; `cpu` tells what the commands used of the processor; `report`
//! shows it all next to the targets.

mod cpu;
mod report;
mod session;
mod stand_in;
mod traffic;
mod workload;

use std::{path::Path, time::Duration};

use rds_emulator::{Cluster, ConnectionFile};
use serde_json::json;
use xtask::{
    failure::{Context, Failure},
    screen::Screen,
};

use self::{session::Session, traffic::Traffic, workload::Workload};
use crate::{
    busy::Busy,
    configuration,
    terraform_cli::{TerraformCli, quote},
    workspace::Workspace,
};

/// Plans per median: a refresh changes nothing, so it can be repeated.
const REFRESHES: usize = 3;
const CLUSTER: &str = "orders";

/// What was measured.
pub struct Measured {
    /// How many users, or as many of something else.
    users: u32,
    /// What the operating system lets this process use.
    cores: usize,
    /// Such as `Terraform v1.11.4`.
    cli: String,
    /// Such as `17.10`.
    postgres: String,
    /// The SQL without Terraform.
    session: Costs,
    /// Resources that Terraform brings along.
    built_in: Costs,
    /// Resources of a provider that has next to nothing to do.
    plugin: Costs,
    /// Users of whom the server is not asked what it demands.
    unprobed: Costs,
    /// Users as they are by default.
    probed: Costs,
    /// Users whose roles are created with them.
    created: Costs,
}

/// What the three operations cost.
struct Costs {
    apply: Cost,
    /// A plan of what is there already, which finds nothing to do.
    refresh: Cost,
    destroy: Cost,
}

/// What one operation cost.
#[derive(Clone, Copy)]
struct Cost {
    took: Duration,
    /// What Terraform and its plugins used of the processor, where the operating system says.
    cpu: Option<Duration>,
    traffic: Traffic,
}

/// Release builds of what runs.
#[derive(Clone, Copy)]
pub struct Programs<'a> {
    pub provider: &'a Path,
    /// The provider for toasters, next to which the other one is measured.
    pub toaster: &'a Path,
    /// It shares the processor with what is measured, so it must not take more of it than it needs.
    pub stand_in: &'a Path,
}

/// Measures so many users on that major version of PostgreSQL.
///
/// # Errors
/// When something is missing, or a command fails.
pub async fn measure(
    screen: &Screen,
    programs: Programs<'_>,
    postgres: u16,
    users: u32,
) -> Result<Measured, Failure> {
    let cli = TerraformCli::find()?;
    let busy = Busy::start(
        screen,
        &format!("Starting the stand-in with PostgreSQL {postgres}"),
    );
    stand_in::run(programs.stand_in, postgres, CLUSTER, async |connection| {
        drop(busy);
        let bench = Bench {
            screen,
            cli: &cli,
            connection: &connection,
            users,
        };
        bench.measure(programs).await
    })
    .await
}

struct Bench<'a> {
    screen: &'a Screen,
    cli: &'a TerraformCli,
    connection: &'a ConnectionFile,
    users: u32,
}

impl Bench<'_> {
    async fn measure(&self, programs: Programs<'_>) -> Result<Measured, Failure> {
        let connection = self.connection;
        let Programs {
            provider, toaster, ..
        } = programs;
        let cluster = connection
            .clusters
            .first()
            .ok_or_else(|| Failure::new("the stand-in has no cluster"))?;
        let session = Session::open(cluster).await?;
        session.create_roles(self.users).await?;
        // Where it does, nobody could create them: from 16 on the master user would be locked out.
        let settings = format!("/clusters/{CLUSTER}/settings");
        let control = &connection.control_endpoint;
        let nobody_counts = json!({"creator_row_counts": false});
        rds_emulator::client::control(control, "POST", &settings, &nobody_counts)
            .await
            .context("changing the stand-in's settings")?;
        self.switch_on(cluster, provider).await?;
        let users = |probes| Workload::users(connection, cluster, provider, probes);
        Ok(Measured {
            users: self.users,
            cores: std::thread::available_parallelism()
                .context("counting cores")?
                .get(),
            cli: self.cli.version.text.clone(),
            postgres: session.version().await?,
            session: session.measure(self.users).await?,
            built_in: self.workload(&Workload::built_in()).await?,
            plugin: self.workload(&Workload::toast(toaster)).await?,
            unprobed: self.workload(&users(false)?).await?,
            probed: self.workload(&users(true)?).await?,
            created: self
                .workload(&Workload::created_users(connection, cluster, provider)?)
                .await?,
        })
    }

    /// Turns the parameter on, as it is wherever there are such users.
    async fn switch_on(&self, cluster: &Cluster, provider: &Path) -> Result<(), Failure> {
        let workspace = Workspace::new(self.cli, &[("rdsiam/rdsiam", provider)])?;
        workspace.write(&format!(
            "{}resource \"rdsiam_replication_parameter\" \"this\" {{\n  cluster_identifier = {}\n}}\n",
            configuration::head(self.connection, cluster)?,
            quote(&cluster.identifier)?,
        ))?;
        self.run(&workspace, &["init"]).await?;
        self.run(&workspace, &["apply", "-auto-approve"]).await?;
        Ok(())
    }

    /// Applies, refreshes and destroys in a directory of its own.
    async fn workload(&self, workload: &Workload<'_>) -> Result<Costs, Failure> {
        let workspace = Workspace::new(self.cli, &workload.providers)?;
        workspace.write(&workload.configuration(self.users))?;
        self.run(&workspace, &["init"]).await?;
        let apply = self.run(&workspace, &["apply", "-auto-approve"]).await?;
        let mut refreshes = Vec::with_capacity(REFRESHES);
        for _ in 0..REFRESHES {
            // It fails unless there is nothing to do.
            refreshes.push(
                self.run(&workspace, &["plan", "-detailed-exitcode"])
                    .await?,
            );
        }
        refreshes.sort_by_key(|cost| cost.took);
        Ok(Costs {
            apply,
            refresh: refreshes[REFRESHES / 2],
            destroy: self.run(&workspace, &["destroy", "-auto-approve"]).await?,
        })
    }

    async fn run(&self, workspace: &Workspace, arguments: &[&str]) -> Result<Cost, Failure> {
        let control = &self.connection.control_endpoint;
        let before = Traffic::read(control, CLUSTER).await?;
        let cpu_before = cpu::of_children();
        let run = self
            .cli
            .run(self.screen, &workspace.place(), arguments, 0)
            .await?;
        let traffic = Traffic::read(control, CLUSTER).await?.since(before);
        let cpu = cpu::of_children().zip(cpu_before);
        Ok(Cost {
            took: run.took,
            cpu: cpu.map(|(after, before)| after.saturating_sub(before)),
            traffic,
        })
    }
}
