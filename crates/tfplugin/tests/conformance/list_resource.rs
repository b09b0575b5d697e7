//! ListResource.

use terraform_client::{
    PATIENCE, Plugin,
    proto::tfplugin6::{
        Diagnostic, DynamicValue, get_metadata,
        list_resource::{Event, Request},
        stop_provider,
    },
};

use super::golden::{
    Client, bug_at, configured, error, events, identity, msgpack, not_configured, panic, start,
    start_logging, unconfigured, unknown_type, warning,
};

fn config(count: u8, then: &str) -> DynamicValue {
    let then = match then {
        "" => vec![0xc0],
        then => [&[0xa0 | then.len() as u8], then.as_bytes()].concat(),
    };
    msgpack(&[b"\x82\xa5count", &[count][..], b"\xa4then", &then].concat())
}

fn request(count: u8, then: &str) -> Request {
    Request {
        type_name: "fixture_named".to_owned(),
        config: Some(config(count, then)),
        include_resource_object: false,
        limit: 100,
    }
}

fn found(name: &str) -> Event {
    let name_bytes = [&[0xa0 | name.len() as u8], name.as_bytes()].concat();
    Event {
        identity: identity(
            &[
                b"\x83\xa8greeting\xc0\xa4name",
                &name_bytes[..],
                b"\xa6serial\x07",
            ]
            .concat(),
        ),
        display_name: format!("The {name}"),
        resource_object: None,
        diagnostic: vec![],
    }
}

fn only(diagnostic: Diagnostic) -> Event {
    Event {
        diagnostic: vec![diagnostic],
        ..Event::default()
    }
}

async fn list(client: &mut Client, request: Request) -> Vec<Event> {
    let stream = client.list_resource(request).await.expect("a stream");
    events(stream.into_inner()).await
}

#[tokio::test]
async fn listing_is_what_was_found_and_how_it_ended() {
    let mut half = only(bug_at(
        "name",
        "The identity attribute name is still unknown after the operation.",
    ));
    half.display_name = "The half".to_owned();
    let table = [
        ("nothing", request(0, ""), vec![]),
        ("two", request(2, ""), vec![found("n0"), found("n1")]),
        (
            "more than are wanted",
            Request {
                limit: 2,
                ..request(9, "panic")
            },
            vec![found("n0"), found("n1")],
        ),
        (
            "as many as are wanted",
            Request {
                limit: 2,
                ..request(2, "fail")
            },
            vec![found("n0"), found("n1")],
        ),
        (
            "all",
            Request {
                limit: 0,
                ..request(2, "")
            },
            vec![found("n0"), found("n1")],
        ),
        (
            "a warning",
            request(1, "warn"),
            vec![
                found("n0"),
                only(warning("Not Everything", "Some are hidden.")),
            ],
        ),
        (
            "an error in mid stream",
            request(2, "fail"),
            vec![
                found("n0"),
                found("n1"),
                only(error("Listing Failed", "After so many.")),
            ],
        ),
        (
            "a panic in mid stream",
            request(1, "panic"),
            vec![found("n0"), only(panic("ListResource", "fixture_named"))],
        ),
        (
            "an object of which only a part is known",
            request(0, "halve"),
            vec![half, found("whole")],
        ),
        (
            "a type that cannot be listed",
            Request {
                type_name: "fixture_thing".to_owned(),
                ..request(1, "")
            },
            vec![only(unknown_type("list resource", "fixture_thing"))],
        ),
        (
            "a configuration of another shape",
            Request {
                config: Some(msgpack(b"\x80")),
                ..request(1, "")
            },
            vec![only(error(
                "Cannot Read the Configuration",
                "The value has no attribute \"count\".",
            ))],
        ),
        (
            "a configuration that is not known",
            Request {
                config: Some(msgpack(b"\x82\xa5count\xd4\0\0\xa4then\xc0")),
                ..request(1, "")
            },
            vec![only(error(
                "Configuration Not Known",
                "The objects of fixture_named can be listed only when the whole configuration of \
                 the listing is known.",
            ))],
        ),
        (
            "no configuration at all",
            Request {
                config: None,
                ..request(1, "")
            },
            vec![],
        ),
    ];
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    for (what, request, expected) in table {
        assert_eq!(list(&mut client, request).await, expected, "{what}");
    }
}

#[tokio::test]
async fn states_are_included_when_they_are_wanted() {
    let plugin = start().await;
    let mut client = configured(&plugin).await;
    let request = Request {
        include_resource_object: true,
        ..request(1, "halve")
    };
    let mut whole = found("whole");
    whole.diagnostic.push(warning(
        "State Not Listed",
        "The state of the fixture_named \"The whole\" was asked for, and the provider found its \
         identity only.",
    ));
    let answer = list(&mut client, request).await;
    let state = b"\x83\xa5label\xc0\xa4name\xa2n0\xa6serial\x07";
    let with_state = Event {
        resource_object: Some(msgpack(state)),
        ..found("n0")
    };
    assert_eq!(answer.len(), 3);
    assert_eq!(answer[0], with_state);
    assert_eq!(answer[2], whole);
}

#[tokio::test]
async fn provider_that_is_not_configured_lists_nothing() {
    let plugin = start().await;
    let mut client = unconfigured(&plugin).await;
    assert_eq!(
        list(&mut client, request(1, "")).await,
        [only(not_configured())]
    );
}

#[tokio::test]
async fn request_to_stop_ends_a_listing_that_waits() {
    let plugin = start_logging("info").await;
    let mut client = configured(&plugin).await;
    let mut stopper = client.clone();
    let listing = tokio::spawn(async move { list(&mut client, request(1, "wait")).await });
    plugin
        .log_line("the listing", |line| line.contains("\"waiting\""))
        .await;
    stopper
        .stop_provider(stop_provider::Request {})
        .await
        .expect("an answer");
    let interrupted = error(
        "Listing Interrupted",
        "The listing of fixture_named was interrupted.",
    );
    assert_eq!(
        listing.await.expect("no panic"),
        [found("n0"), only(interrupted)]
    );
}

#[tokio::test]
async fn client_that_goes_away_ends_the_listing() {
    let plugin = start_logging("info").await;
    let mut client = configured(&plugin).await;
    // One that waits for something, and one that waits for its client.
    for then in ["wait", "endless"] {
        let dropped = dropped_listings(&plugin);
        let mut stream = client
            .list_resource(request(1, then))
            .await
            .expect("a stream")
            .into_inner();
        let first = stream.message().await.expect("no error");
        assert_eq!(first, Some(found("n0")));
        drop(stream);
        let ended = async {
            while dropped_listings(&plugin) == dropped {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended)
            .await
            .unwrap_or_else(|_| panic!("the listing that would {then} goes on"));
    }
}

fn dropped_listings(plugin: &Plugin) -> usize {
    records(plugin, "the listing is dropped")
}

fn records(plugin: &Plugin, message: &str) -> usize {
    let log = plugin.log();
    log.iter().filter(|line| line.contains(message)).count()
}

#[tokio::test]
async fn listing_waits_for_a_client_that_reads_slowly() {
    let plugin = start_logging("info").await;
    let mut client = configured(&plugin).await;
    let mut stream = client
        .list_resource(Request {
            limit: 0,
            ..request(0, "endless")
        })
        .await
        .expect("a stream")
        .into_inner();
    assert!(stream.message().await.expect("no error").is_some());
    // Time enough to find tens of thousands.
    for _ in 0..200 {
        client
            .get_metadata(get_metadata::Request {})
            .await
            .expect("an answer");
    }
    // What HTTP/2 buffers, each of 20 kB, and no more.
    let found = records(&plugin, "found another");
    assert!((1..200).contains(&found), "{found} were found");
    // It goes on when the client does.
    for _ in 0..200 {
        assert!(stream.message().await.expect("no error").is_some());
    }
    let goes_on = async {
        while records(&plugin, "found another") < 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, goes_on)
        .await
        .expect("the listing goes on");
}
