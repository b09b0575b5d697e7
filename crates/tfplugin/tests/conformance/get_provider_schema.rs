//! GetProviderSchema.

use std::collections::BTreeMap;

use terraform_client::proto::tfplugin6::{
    Schema, ServerCapabilities, StringKind,
    get_provider_schema::{Request, Response},
    schema::{Attribute, Block, NestedBlock, Object, nested_block, object},
};

use super::{get_functions::join, message::started};

fn attribute(name: &str, signature: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        r#type: signature.as_bytes().to_vec(),
        description_kind: StringKind::Markdown.into(),
        ..Attribute::default()
    }
}

fn string(name: &str) -> Attribute {
    attribute(name, r#""string""#)
}

fn required(name: &str) -> Attribute {
    Attribute {
        required: true,
        ..string(name)
    }
}

fn computed(name: &str) -> Attribute {
    Attribute {
        computed: true,
        ..string(name)
    }
}

fn block(version: i64, attributes: Vec<Attribute>) -> Block {
    Block {
        version,
        attributes,
        description_kind: StringKind::Markdown.into(),
        ..Block::default()
    }
}

fn schema(block: Block) -> Schema {
    Schema {
        version: block.version,
        block: Some(block),
    }
}

fn deprecated(message: &str, block: Block) -> Block {
    Block {
        deprecated: true,
        deprecation_message: message.to_owned(),
        ..block
    }
}

fn thing() -> Schema {
    let attributes = vec![
        computed("id"),
        Attribute {
            description: "Its name.".to_owned(),
            ..required("name")
        },
        // What has a default is computed as far as Terraform knows.
        Attribute {
            optional: true,
            computed: true,
            ..attribute("size", r#""number""#)
        },
        Attribute {
            optional: true,
            deprecated: true,
            deprecation_message: "Use name.".to_owned(),
            ..string("old")
        },
        Attribute {
            optional: true,
            sensitive: true,
            write_only: true,
            ..string("secret_wo")
        },
        Attribute {
            optional: true,
            ..attribute("label", r#"["set","string"]"#)
        },
        Attribute {
            optional: true,
            nested_type: Some(Object {
                attributes: vec![required("label"), computed("made")],
                nesting: object::NestingMode::List.into(),
                ..Object::default()
            }),
            ..attribute("part", "")
        },
    ];
    let rule = NestedBlock {
        type_name: "rule".to_owned(),
        block: Some(deprecated(
            "Rules are no more.",
            block(0, vec![required("allow")]),
        )),
        nesting: nested_block::NestingMode::List.into(),
        min_items: 0,
        max_items: 3,
    };
    schema(Block {
        description: "A thing.".to_owned(),
        block_types: vec![rule],
        ..block(1, attributes)
    })
}

#[tokio::test]
async fn get_provider_schema_gives_all_schemas_with_deprecations_and_capabilities() {
    let mut golden = started().await;
    let answer = golden.client.get_provider_schema(Request {}).await;
    let greeting = Attribute {
        optional: true,
        computed: true,
        ..string("greeting")
    };
    let old = deprecated("Use golden_thing.", block(0, vec![required("name")]));
    let value = Attribute {
        sensitive: true,
        ..computed("value")
    };
    let token = deprecated(
        "Tokens are no more.",
        block(0, vec![required("name"), value]),
    );
    let look = block(0, vec![required("name"), computed("seen")]);
    let expected = Response {
        provider: Some(schema(block(0, vec![greeting]))),
        resource_schemas: BTreeMap::from([
            ("golden_old".to_owned(), schema(old)),
            ("golden_thing".to_owned(), thing()),
        ]),
        data_source_schemas: BTreeMap::from([("golden_look".to_owned(), schema(look))]),
        server_capabilities: Some(ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        }),
        functions: BTreeMap::from([("join".to_owned(), join())]),
        ephemeral_resource_schemas: BTreeMap::from([("golden_token".to_owned(), schema(token))]),
        ..Response::default()
    };
    assert_eq!(answer.expect("an answer").into_inner(), expected);
}
