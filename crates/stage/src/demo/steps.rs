//! The six steps of the demo. Each one checks what it shows.

mod change_data_capture;

use std::time::{Duration, Instant};

use xtask::{
    failure::{Context, Failure},
    screen::{Screen, Tone},
};

use crate::{
    busy::Busy,
    demo::{
        Stage,
        cluster_client::{Credential, Login},
        snapshot::Snapshot,
    },
    terraform_cli::Run,
};

/// How long a change may take until it can be seen. The stand-in applies parameters in seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// A replication user of somebody else, who keeps the password.
const NEIGHBOUR: &str = "warehouse_sync";
/// The parameter, in AWS's words.
const PARAMETER: &str = "rds.iam_auth_for_replication";

/// Shows all steps.
///
/// # Errors
/// When a step does not hold.
pub(super) async fn run(screen: &Screen, stage: &Stage) -> Result<(), Failure> {
    let steps = Steps { screen, stage };
    stage
        .cluster_client
        .create_replication_user(NEIGHBOUR)
        .await?;
    change_data_capture::prepare(&stage.cluster_client).await?;
    let before = stage.cluster_client.snapshot().await?;
    steps.before().await.context("step 1")?;
    steps.switch().await.context("step 2")?;
    steps.after().await.context("step 3")?;
    steps.drift().await.context("step 4")?;
    steps.change_data_capture().await.context("step 5")?;
    steps.take_back(&before).await.context("step 6")
}

struct Steps<'a> {
    screen: &'a Screen,
    stage: &'a Stage,
}

impl Steps<'_> {
    async fn before(&self) -> Result<(), Failure> {
        let started = self.title("1. Before: the replication user streams with a password");
        let cluster = self.stage.cluster_client.cluster();
        self.say(&format!(
            "{} at {}:{}",
            cluster.replication_username, cluster.host, cluster.port
        ));
        self.streams(&self.user(), Credential::Password).await?;
        self.step_passed(started);
        Ok(())
    }

    async fn switch(&self) -> Result<(), Failure> {
        let started = self.title("2. Switch: terraform init, plan, apply");
        let init = self.terraform(&["init"], 0).await?;
        self.excerpt(&init);
        let plan = self.terraform(&["plan", "-out=switch.tfplan"], 0).await?;
        self.excerpt(&plan);
        plan.says("Plan: 2 to add, 0 to change, 0 to destroy.")?;
        let apply = self.terraform(&["apply", "switch.tfplan"], 0).await?;
        self.excerpt(&apply);
        apply.says("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")?;
        self.switched().await?;
        self.step_passed(started);
        Ok(())
    }

    async fn after(&self) -> Result<(), Failure> {
        let started = self.title("3. After: a token is asked for, and a password does not do");
        self.refused(&self.user(), Credential::Password).await?;
        self.streams(&self.user(), Credential::Token).await?;
        self.say(&format!(
            "{NEIGHBOUR} is not in rds_iam, and is left in peace:"
        ));
        self.streams(NEIGHBOUR, Credential::Password).await?;
        self.step_passed(started);
        Ok(())
    }

    async fn drift(&self) -> Result<(), Failure> {
        let started = self.title("4. Drift: nothing to do, then somebody interferes");
        let empty = self.terraform(&["plan", "-detailed-exitcode"], 0).await?;
        self.excerpt(&empty);
        empty.says("No changes.")?;

        let cluster_client = &self.stage.cluster_client;
        cluster_client.set_parameter(PARAMETER, "0").await?;
        self.say(&format!(
            "ModifyDBClusterParameterGroup: {PARAMETER} = 0, by somebody else"
        ));
        let revoke = format!("REVOKE rds_iam FROM {}", self.user());
        cluster_client.sql_as_master(&revoke).await?;
        self.say(&format!("{revoke}; by somebody else"));

        let plan = self
            .terraform(&["plan", "-detailed-exitcode", "-out=mend.tfplan"], 2)
            .await?;
        self.excerpt(&plan);
        for change in ["~ enabled = false -> true", "~ rds_iam = false -> true"] {
            if !plan.plans(change) {
                return Err(plan.fail(&format!("does not show `{change}`")));
            }
        }
        let apply = self.terraform(&["apply", "mend.tfplan"], 0).await?;
        self.excerpt(&apply);
        self.switched().await?;
        self.refused(&self.user(), Credential::Password).await?;
        let empty = self.terraform(&["plan", "-detailed-exitcode"], 0).await?;
        self.excerpt(&empty);
        empty.says("No changes.")?;
        self.step_passed(started);
        Ok(())
    }

    async fn take_back(&self, before: &Snapshot) -> Result<(), Failure> {
        let started = self.title("6. Take it back: terraform destroy");
        let destroy = self.terraform(&["destroy", "-auto-approve"], 0).await?;
        self.excerpt(&destroy);
        destroy.says("Destroy complete! Resources: 6 destroyed.")?;

        let cluster_client = &self.stage.cluster_client;
        let parameter = cluster_client.parameter(PARAMETER).await?;
        if !parameter.is_default() {
            return Err(Failure::new(format!(
                "{PARAMETER} is {parameter}, not its default"
            )));
        }
        self.say(&format!("{PARAMETER}: {parameter}"));
        if cluster_client.is_member(&self.user(), "rds_iam").await? {
            return Err(Failure::new(format!("{} is in rds_iam still", self.user())));
        }
        let after = cluster_client.snapshot().await?;
        let differences = before.differences(&after);
        if !differences.is_empty() {
            return Err(Failure::new("something is not as it was before")
                .with_output(differences.join("\n")));
        }
        self.say(&format!(
            "{} parameters, roles, memberships, publications, slots and rights: as before",
            after.len()
        ));
        self.streams(&self.user(), Credential::Password).await?;
        self.step_passed(started);
        Ok(())
    }

    /// Checks that the parameter is on and the user is in `rds_iam`.
    async fn switched(&self) -> Result<(), Failure> {
        let parameter = self.stage.cluster_client.parameter(PARAMETER).await?;
        if parameter.value.as_deref() != Some("1") {
            return Err(Failure::new(format!("{PARAMETER} is {parameter}, not 1")));
        }
        if !self
            .stage
            .cluster_client
            .is_member(&self.user(), "rds_iam")
            .await?
        {
            return Err(Failure::new(format!("{} is not in rds_iam", self.user())));
        }
        Ok(())
    }

    /// Shows that a user can log in for replication, and receives a row inserted meanwhile.
    async fn streams(&self, user: &str, credential: Credential) -> Result<(), Failure> {
        let busy = Busy::start(self.screen, &format!("{user} logs in with {credential}"));
        let login = self.settled(user, credential, true).await?;
        let took = busy.done();
        match login {
            Login::Streamed { row } => {
                let text =
                    format!("   {user}, {credential}: accepted; START_REPLICATION brings {row}");
                self.screen.timed(Tone::Green, &text, took);
                Ok(())
            }
            Login::Refused { error } => Err(Failure::new(format!(
                "{user} with {credential} was refused: {error}"
            ))),
        }
    }

    /// Shows that a user cannot log in for replication.
    async fn refused(&self, user: &str, credential: Credential) -> Result<(), Failure> {
        let busy = Busy::start(self.screen, &format!("{user} logs in with {credential}"));
        let login = self.settled(user, credential, false).await?;
        let took = busy.done();
        match login {
            Login::Refused { error } => {
                let text = format!("   {user}, {credential}: refused; {error}");
                self.screen.timed(Tone::Green, &text, took);
                Ok(())
            }
            Login::Streamed { .. } => Err(Failure::new(format!(
                "{user} still streams with {credential}"
            ))),
        }
    }

    /// Tries until the login ends as wanted or patience does: members apply a parameter on their
    /// own time.
    async fn settled(
        &self,
        user: &str,
        credential: Credential,
        accepted: bool,
    ) -> Result<Login, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let login = self
                .stage
                .cluster_client
                .replicate(user, credential)
                .await?;
            let done = matches!(login, Login::Streamed { .. }) == accepted;
            if done || Instant::now() > deadline {
                return Ok(login);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn terraform(&self, arguments: &[&str], expected: i32) -> Result<Run, Failure> {
        self.stage
            .cli
            .run(
                self.screen,
                &self.stage.workspace.place(),
                arguments,
                expected,
            )
            .await
    }

    /// Shows the command and what matters of its output.
    fn excerpt(&self, run: &Run) {
        let code = match run.code {
            0 => String::new(),
            code => format!("  (exit code {code})"),
        };
        self.screen
            .timed(Tone::Bold, &format!("   $ {}{code}", run.command), run.took);
        for line in run.essence() {
            let tone = match line.trim_start().chars().next() {
                Some('+') => Tone::Green,
                Some('~') => Tone::Yellow,
                // At the left edge `init` lists what it did.
                Some('-') if line.starts_with(' ') => Tone::Red,
                _ => Tone::Dim,
            };
            self.screen
                .toned(tone, &format!("     {}", line.trim_end()));
        }
    }

    fn title(&self, text: &str) -> Instant {
        self.screen.line("");
        self.screen.toned(Tone::Bold, text);
        Instant::now()
    }

    fn say(&self, text: &str) {
        self.screen.line(&format!("   {text}"));
    }

    fn step_passed(&self, started: Instant) {
        self.screen.timed(Tone::Dim, "   passed", started.elapsed());
    }

    fn user(&self) -> String {
        self.stage
            .cluster_client
            .cluster()
            .replication_username
            .clone()
    }
}
