//! The relay between a client and the gate: what each fault does at each phase, and to whom.

use std::{io::ErrorKind, time::Duration};

use rds_emulator::{
    Cluster,
    client::{self, AuthRequest, Connection, Error},
    relay::{Cut, Effect, Fault, Phase, Relay},
};
use tokio::time::{Instant, timeout};

use crate::support::{StandIn, eventually};

/// Longer than anything takes that is not held.
const SOON: Duration = Duration::from_secs(5);
/// How long it is watched that nothing comes.
const NOTHING: Duration = Duration::from_millis(150);
/// In the order in which a client comes to them.
const PHASES: [Phase; 9] = [
    Phase::Accepted,
    Phase::SslRequest,
    Phase::TlsHandshake,
    Phase::StartUp,
    Phase::Authentication,
    Phase::Query(1),
    Phase::Statement("INTO marks"),
    Phase::Commit,
    Phase::Committed,
];

/// A stand-in, and a way to it.
struct Way {
    stand_in: StandIn,
    relay: Relay,
    /// The cluster at the relay's end.
    cluster: Cluster,
}

impl Way {
    async fn new() -> Self {
        let stand_in = StandIn::start(15).await;
        stand_in
            .sql("CREATE TABLE marks (phase text); GRANT ALL ON marks TO cdc")
            .await;
        let relay = stand_in.relay("orders").await;
        let cluster = Cluster {
            connect_port: relay.port(),
            ..stand_in.cluster().clone()
        };
        Self {
            stand_in,
            relay,
            cluster,
        }
    }

    async fn open(&self) -> Result<Connection, Error> {
        let password = &self.cluster.replication_password;
        let ca_file = &self.stand_in.connection().ca_file;
        Connection::open(&self.cluster, ca_file, "cdc", password).await
    }

    /// Logs in and commits a row.
    async fn mark(&self, mark: &str) -> Result<(), Error> {
        let mut connection = self.open().await?;
        let row = format!("BEGIN; INSERT INTO marks VALUES ('{mark}')");
        connection.execute(&row).await?;
        connection.execute("COMMIT").await
    }

    async fn marks(&self) -> Option<String> {
        let sql = "SELECT string_agg(phase, ' ' ORDER BY phase) FROM marks";
        self.stand_in.sql(sql).await
    }

    async fn sessions(&self) -> Option<String> {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cdc'";
        self.stand_in.sql(sql).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_cuts_one_connection_at_each_phase_and_passes_the_next_on() {
    let way = Way::new().await;
    for phase in PHASES {
        for cut in [Cut::Close, Cut::Reset] {
            way.relay.add(Fault::at(phase, cut).times(1));
            let broken = timeout(SOON, way.mark("cut")).await.expect("it ends");
            let error = broken.expect_err("it is cut");
            let reset =
                matches!(&error, Error::Io(error) if error.kind() == ErrorKind::ConnectionReset);
            assert_eq!(reset, cut == Cut::Reset, "{phase:?} {cut:?}: {error:?}");
            timeout(SOON, way.mark("passed"))
                .await
                .expect("it ends")
                .unwrap_or_else(|error| panic!("after {phase:?} {cut:?}: {error:?}"));
        }
    }
    assert_eq!(way.relay.hits(), 18);
    assert_eq!(way.relay.accepted(), 36);
    // The server had COMMIT at the last phase alone.
    let marks = way.marks().await.expect("there are some");
    assert_eq!(marks.matches("cut").count(), 2, "{marks}");
    assert_eq!(marks.matches("passed").count(), 18, "{marks}");
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_that_is_a_black_hole_tells_neither_end_until_it_is_gone() {
    let way = Way::new().await;
    for (phase, hits) in std::iter::zip(PHASES, 1..) {
        way.relay.add(Fault::at(phase, Cut::BlackHole).times(1));
        let lost = async {
            eventually("the hole", async || way.relay.hits() == hits).await;
            tokio::time::sleep(NOTHING).await;
        };
        tokio::select! {
            marked = way.mark("lost") => panic!("{phase:?}: {marked:?}"),
            () = lost => {}
        }
    }
    // Those that had logged in, and whose clients are long gone.
    assert_eq!(way.sessions().await.as_deref(), Some("4"));
    drop(way.relay);
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cdc'";
    eventually("their end", async || {
        way.stand_in.sql(sql).await.as_deref() == Some("0")
    })
    .await;
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_delays_each_direction_and_one_phase() {
    let way = Way::new().await;
    let took = async || {
        let since = Instant::now();
        way.mark("late").await.expect("it arrives");
        since.elapsed()
    };
    let delay = Duration::from_millis(500);
    way.relay
        .add(Fault::at(Phase::Commit, Effect::Delay(delay)).times(1));
    assert!(took().await >= delay);
    // TLS takes two round trips with the request, SCRAM three, the queries two.
    way.relay.delay(Duration::from_millis(25));
    let slow = took().await;
    assert!(slow >= Duration::from_millis(7 * 50), "{slow:?}");
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_cuts_what_is_open_and_takes_new_connections() {
    let way = Way::new().await;
    for cut in [Cut::Close, Cut::Reset] {
        let mut connection = way.open().await.expect("it is passed on");
        way.relay.cut(cut);
        connection.execute("SELECT 1").await.expect_err("it is cut");
        eventually("its end", async || {
            way.sessions().await.as_deref() == Some("0")
        })
        .await;
    }
    let mut connection = way.open().await.expect("it is passed on");
    way.relay.cut(Cut::BlackHole);
    let answer = timeout(NOTHING, connection.execute("SELECT 1")).await;
    assert!(answer.is_err(), "{answer:?}");
    way.mark("fresh").await.expect("a fresh path is there");
    assert_eq!(way.sessions().await.as_deref(), Some("1"));
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_holds_everything_back_until_it_thaws() {
    let way = Way::new().await;
    let mut connection = way.open().await.expect("it is passed on");
    way.relay.freeze();
    {
        let held = async { tokio::join!(connection.execute("SELECT 1"), way.mark("held")) };
        tokio::pin!(held);
        let answer = timeout(NOTHING, &mut held).await;
        assert!(answer.is_err(), "{answer:?}");
        way.relay.thaw();
        let (old, new) = timeout(SOON, held).await.expect("both are answered");
        old.expect("nothing is lost");
        new.expect("nothing is lost");
    }
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_refuses_new_connections_until_it_listens_again_on_its_port() {
    let way = Way::new().await;
    let mut connection = way.open().await.expect("it is passed on");
    for _ in 0..2 {
        way.relay.refuse();
        eventually("a refusal", async || {
            matches!(way.open().await, Err(Error::Io(error))
                     if error.kind() == ErrorKind::ConnectionRefused)
        })
        .await;
        connection
            .execute("SELECT 1")
            .await
            .expect("open ones go on");
        way.relay.listen();
        eventually("a connection", async || way.open().await.is_ok()).await;
    }
    way.stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_answers_in_the_servers_place_whoever_finds_no_room() {
    let way = Way::new().await;
    let full = Fault::at(Phase::StartUp, Effect::Fatal("53300"));
    way.relay.add(full.with_room_for(1));
    let connection = way.open().await.expect("there is room for one");
    match way.open().await {
        Err(Error::Server { sqlstate, .. }) => assert_eq!(sqlstate, "53300"),
        other => panic!("{:?}", other.err()),
    }
    drop(connection);
    eventually("room", async || way.open().await.is_ok()).await;
    way.relay.forget_faults();
    way.relay.add(Fault::at(Phase::StartUp, Effect::Scram));
    let ca_file = &way.stand_in.connection().ca_file;
    let asked = client::probe(&way.cluster, ca_file, "nobody", false).await;
    assert_eq!(asked.expect("it answers"), AuthRequest::Password);
    way.stand_in.stop().await;
}
