//! ValidateActionConfig.

use terraform_client::proto::tfplugin6::{
    Diagnostic,
    validate_action_config::{Request, Response},
};

use super::golden::{error, error_at, msgpack, panic, start, unconfigured, unknown_type};

/// Type, configuration, error.
type Row<'a> = (&'a str, Option<&'a [u8]>, Option<Diagnostic>);

#[tokio::test]
async fn configuration_of_an_action_is_checked_against_its_schema_and_by_its_author() {
    let countdown = "fixture_countdown";
    let required = error_at(
        "from",
        "Missing Required Argument",
        "The argument from is required, but its value is null.",
    );
    let table: [Row<'_>; 9] = [
        (countdown, Some(b"\x82\xa4from\x03\xa4then\xc0"), None),
        (
            countdown,
            Some(b"\x82\xa4from\xd4\0\0\xa4then\xc7\x03\x0c\x81\x01\xc2"),
            None,
        ),
        (countdown, None, Some(required.clone())),
        (
            countdown,
            Some(b"\x82\xa4from\xc0\xa4then\xc0"),
            Some(required),
        ),
        (
            countdown,
            Some(b"\x82\xa4from\xff\xa4then\xc0"),
            Some(error_at(
                "from",
                "Invalid Attribute Value",
                "The value of from must be between 0 and 100000.",
            )),
        ),
        (
            countdown,
            Some(b"\x82\xa4from\x03\xa4then\xa7nothing"),
            Some(error_at("then", "Nothing Then", "Say something.")),
        ),
        (
            countdown,
            Some(b"\x82\xa4from\x03\xa4then\xadpanic at once"),
            Some(panic("ValidateActionConfig", countdown)),
        ),
        (
            countdown,
            Some(b"\x93\x01\x02\x03"),
            Some(error(
                "Cannot Read the Configuration",
                "The value is not of type object({from = number, then = string}).",
            )),
        ),
        (
            "fixture_named",
            Some(b"\x80"),
            Some(unknown_type("action", "fixture_named")),
        ),
    ];
    let plugin = start().await;
    let mut client = unconfigured(&plugin).await;
    for (type_name, config, diagnostic) in table {
        let answer = client
            .validate_action_config(Request {
                type_name: type_name.to_owned(),
                config: config.map(msgpack),
            })
            .await
            .expect("an answer");
        let expected = Response {
            diagnostics: diagnostic.into_iter().collect(),
        };
        assert_eq!(answer.into_inner(), expected, "{config:02x?}");
    }
}
