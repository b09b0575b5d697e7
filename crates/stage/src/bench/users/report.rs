//! The table and the JSON of what was measured, next to the targets.

use std::time::Duration;

use serde_json::{Value, json};
use xtask::screen::{Screen, Tone};

use super::{Cost, Costs, Measured, REFRESHES};

/// Users that the targets are set for.
const TARGET_USERS: u32 = 1000;

/// Something that should not cost more than so much.
struct Target {
    /// Its key in the JSON.
    key: &'static str,
    /// What it is about.
    what: &'static str,
    measured: f64,
    at_most: f64,
}

impl Target {
    fn is_reached(&self) -> bool {
        self.measured <= self.at_most
    }
}

impl Measured {
    /// What was measured, each with its key in the JSON.
    fn subjects(&self) -> [(&'static str, &'static str, &Costs); 6] {
        [
            (
                "sql",
                "The same SQL in one session, without Terraform",
                &self.session,
            ),
            (
                "terraform_data",
                "terraform_data, which Terraform brings along",
                &self.built_in,
            ),
            (
                "toaster_toast",
                "toaster_toast, next to nothing in a plugin",
                &self.plugin,
            ),
            (
                "users_without_probe",
                "rdsiam_replication_user, probe_authentication = false",
                &self.unprobed,
            ),
            (
                "users",
                "rdsiam_replication_user, as it is by default",
                &self.probed,
            ),
            (
                "created_users",
                "rdsiam_replication_user, create_role = true",
                &self.created,
            ),
        ]
    }

    fn targets(&self) -> [Target; 8] {
        let (users, own, probed) = (&self.unprobed, &self.plugin, &self.probed);
        let ratio = |cost: Cost, own: Cost| cost.took.as_secs_f64() / own.took.as_secs_f64();
        let count = f64::from(self.users);
        let target = |key, what, measured, at_most| Target {
            key,
            what,
            measured,
            at_most,
        };
        [
            target(
                "refresh_times",
                "Refresh, times that of toaster_toast",
                ratio(users.refresh, own.refresh),
                2.0,
            ),
            target(
                "apply_times",
                "Apply, times that of toaster_toast",
                ratio(users.apply, own.apply),
                1.5,
            ),
            target(
                "created_apply_times",
                "Apply of created users, times that of terraform_data",
                ratio(self.created.apply, self.built_in.apply),
                1.5,
            ),
            target(
                "refresh_statements",
                "Statements of a refresh",
                users.refresh.traffic.statements as f64,
                20.0,
            ),
            target(
                "refresh_connections",
                "Connections of a refresh",
                users.refresh.traffic.connections as f64,
                4.0,
            ),
            target(
                "apply_round_trips_per_user",
                "Round trips of an applied user",
                own_round_trips(users.apply) / count,
                3.0,
            ),
            target(
                "probe_connections_per_user",
                "Connections of the probe for an applied user",
                probed.apply.traffic.unauthenticated as f64 / count,
                2.0,
            ),
            target(
                "probe_connections_of_refresh",
                "Connections of the probe for a refresh",
                probed.refresh.traffic.unauthenticated as f64,
                0.0,
            ),
        ]
    }

    /// Prints it.
    pub fn show(&self, screen: &Screen) {
        screen.toned(
            Tone::Bold,
            &format!(
                "{} users: {}, PostgreSQL {}, stand-in on the same {} cores; a refresh is the median of {REFRESHES} plans, \
                 all else one run; CPU is that of the CLI and its plugins",
                self.users, self.cli, self.postgres, self.cores
            ),
        );
        for (_, title, costs) in self.subjects() {
            screen.line("");
            screen.toned(
                Tone::Dim,
                &format!(
                    "{title:<54} {:>9} {:>9} {:>8} {:>8} {:>10} {:>11}",
                    "", "CPU", "logins", "probes", "statements", "round trips"
                ),
            );
            for (operation, cost) in costs.each() {
                let traffic = cost.traffic;
                let cpu = cost
                    .cpu
                    .map_or_else(String::new, |cpu| format!("{:.2} s", cpu.as_secs_f64()));
                screen.line(&format!(
                    "  {operation:<52} {:>7.2} s {cpu:>9} {:>8} {:>8} {:>10} {:>11}",
                    cost.took.as_secs_f64(),
                    traffic.connections,
                    traffic.unauthenticated,
                    traffic.statements,
                    traffic.round_trips,
                ));
            }
        }
        screen.line("");
        screen.toned(
            Tone::Dim,
            &format!("Targets, set for {TARGET_USERS} users without the probe"),
        );
        for target in self.targets() {
            let (verdict, tone) = match target.is_reached() {
                true => ("reached", Tone::Green),
                false => ("MISSED", Tone::Red),
            };
            screen.toned(
                tone,
                &format!(
                    "  {:<52} {:>9.2}  target <= {}: {verdict}",
                    target.what, target.measured, target.at_most
                ),
            );
        }
    }

    /// The same for programs: times in milliseconds.
    pub fn json(&self) -> Value {
        let measured: serde_json::Map<String, Value> = self
            .subjects()
            .into_iter()
            .map(|(key, _, costs)| (key.to_owned(), costs.json()))
            .collect();
        let targets: serde_json::Map<String, Value> = self
            .targets()
            .into_iter()
            .map(|target| {
                let value = json!({
                    "measured": target.measured,
                    "at_most": target.at_most,
                    "reached": target.is_reached(),
                });
                (target.key.to_owned(), value)
            })
            .collect();
        json!({
            "count": self.users,
            "cli": self.cli,
            "postgres": self.postgres,
            "cores": self.cores,
            "refresh_runs": REFRESHES,
            "measured": measured,
            "targets_for_count": TARGET_USERS,
            "targets": targets,
        })
    }
}

impl Costs {
    fn each(&self) -> [(&'static str, Cost); 3] {
        [
            ("apply", self.apply),
            ("refresh", self.refresh),
            ("destroy", self.destroy),
        ]
    }

    fn json(&self) -> Value {
        self.each()
            .into_iter()
            .map(|(operation, cost)| {
                let value = json!({
                    "ms": milliseconds(cost.took),
                    "cpu_ms": cost.cpu.map(milliseconds),
                    "connections": cost.traffic.connections,
                    "unauthenticated_connections": cost.traffic.unauthenticated,
                    "statements": cost.traffic.statements,
                    "round_trips": cost.traffic.round_trips,
                });
                (operation.to_owned(), value)
            })
            .collect::<serde_json::Map<String, Value>>()
            .into()
    }
}

/// The round trips of an apply without those that there are once: each connection is set up in one,
/// and left with a word to which there is no answer; the plan before the apply and the plans during it
/// look at the catalog and at who is connected.
fn own_round_trips(apply: Cost) -> f64 {
    let once = 2 * apply.traffic.connections + 4;
    apply.traffic.round_trips.saturating_sub(once) as f64
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
