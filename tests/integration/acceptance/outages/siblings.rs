//! Users of one run that wait for each other: none waits longer than its own operation may take.

use std::thread;

use rds_emulator::relay::{Cut, Fault, Phase};

use super::{provider_through, workspace};
use crate::support::{StandIn, from_16};

/// One whose grant is on probation while nobody answers the probes, and one that comes a moment later and has little
/// time.
const USERS: &str = "
resource \"rdsiam_replication_user\" \"patient\" {
  name        = \"patient\"
  create_role = true
}
resource \"terraform_data\" \"later\" {
  provisioner \"local-exec\" {
    command = \"sleep 2\"
  }
}
resource \"rdsiam_replication_user\" \"hasty\" {
  name        = \"hasty\"
  create_role = true
  depends_on  = [terraform_data.later]
  timeouts {
    create = \"3s\"
  }
}
";

#[test]
fn user_who_waits_for_the_trial_of_another_from_16_waits_no_longer_than_its_own_limit() {
    let stand_in = StandIn::not_counting_creators(from_16());
    // Where there is one connection, it is what is waited for. With more, the first user has two.
    let limits = [("max_connections = 1", 1), ("max_connections = 4", 2)];
    thread::scope(|scope| {
        let stand_in = &stand_in;
        for (number, (limit, room)) in limits.into_iter().enumerate() {
            scope.spawn(move || {
                let relay = stand_in.relay();
                let probes = Fault::at(Phase::Accepted, Cut::BlackHole).with_room_for(room);
                relay.add(probes);
                let provider = provider_through(
                    stand_in,
                    &relay,
                    &format!("{limit}\n    connect_timeout = 5"),
                );
                let users = USERS
                    .replace("\"patient\"\n", &format!("\"patient_{number}\"\n"))
                    .replace("\"hasty\"\n", &format!("\"hasty_{number}\"\n"));
                let workspace = workspace(stand_in, &provider, &users);
                // What takes longer than ten seconds is said.
                workspace
                    .apply()
                    .failure()
                    .does_not_say("rdsiam_replication_user.hasty: Still creating")
                    .says("rdsiam_replication_user.hasty,");
                let hasty = format!("SELECT FROM pg_roles WHERE rolname = 'hasty_{number}'");
                assert!(stand_in.sql(&hasty).is_empty(), "{limit}");
            });
        }
    });
}
