//! Derived models: the schema that they have, and what is read and written with them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use tfplugin::{
    Context, Diagnostics, Field, Model, Resource, Timeouts,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::{Attribute, Block, Schema, Validator},
    testing::{self, unknown},
    timeouts::{self, Operation},
    value::{Type, Value},
};

const STYLE: &str = "plain";

/// A note,
/// as a file.
///
/// It is small.
#[derive(Clone, Model)]
#[model(version = 3, all_or_none_of = ["key_wo", "pages"])]
struct NoteModel {
    /// Where the note is.
    #[attribute(required, requires_replace)]
    path: Field<String>,
    /// How it is written.
    #[attribute(optional, default = STYLE, validate = Validator::one_of(["plain", "bold"]))]
    style: Field<String>,
    /// The key.
    #[attribute(optional, write_only, sensitive)]
    key_wo: Field<Key>,
    #[attribute(optional)]
    pages: Field<u16>,
    #[attributes(describe(owner = "Who wrote it."))]
    labels: Labels,
    #[attribute(computed, use_prior_state, deprecated = "Do not look.")]
    r#type: Field<String>,
    /// The lines.
    #[block(items = 0..=3)]
    line: Field<Vec<Line>>,
    #[block(schema = timeouts::block([(Operation::Create, std::time::Duration::from_secs(60))]))]
    timeouts: Field<Timeouts>,
}

/// What notes have in common with other things.
#[derive(Clone, Debug, PartialEq, Model)]
struct Labels {
    /// Whose it is.
    #[attribute(optional)]
    owner: Field<String>,
    #[attribute(optional)]
    topics: Field<BTreeSet<String>>,
    #[attribute(optional)]
    weights: Field<BTreeMap<String, f64>>,
}

/// A line of a note.
#[derive(Clone, Debug, Model)]
struct Line {
    #[attribute(required)]
    text: Field<String>,
    #[attribute(optional, default = true)]
    wrapped: Field<bool>,
    #[attribute(computed)]
    words: Field<Vec<Word>>,
}

#[derive(Clone, Debug, Model)]
struct Word {
    /// How long it is.
    #[attribute(computed)]
    length: Field<i64>,
}

/// A key, which nobody can write.
#[derive(Clone, Deserialize)]
struct Key(String);

impl tfplugin::model::AttributeValue for Key {
    fn attribute_type() -> tfplugin::schema::AttributeType {
        <String as tfplugin::model::AttributeValue>::attribute_type()
    }
}

struct Note;

fn write(mut note: NoteModel) -> Applied<NoteModel> {
    note.r#type = "note".into();
    if let Field::Known(lines) = &mut note.line {
        for line in lines {
            let words = line
                .text
                .known()
                .into_iter()
                .flat_map(|text| text.split(' '));
            let words = words.map(|word| Word {
                length: i64::try_from(word.len()).unwrap_or_default().into(),
            });
            line.words = words.collect::<Vec<_>>().into();
        }
    }
    Applied::new(note).keeping(Default::default())
}

#[async_trait]
impl Resource<()> for Note {
    type Model = NoteModel;

    fn type_name(&self) -> &'static str {
        "test_note"
    }

    fn schema(&self) -> Schema {
        NoteModel::schema()
    }

    async fn create(
        &self,
        _context: &Context,
        _provider: &(),
        request: CreateRequest<NoteModel>,
    ) -> Result<Applied<NoteModel>, Failure<NoteModel>> {
        assert_eq!(request.config.key_wo.known().map_or("", |key| &key.0), "k");
        Ok(write(request.planned))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &(),
        request: ReadRequest<NoteModel>,
    ) -> Result<ReadResponse<NoteModel>, Diagnostics> {
        Ok(ReadResponse::found(request.state))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &(),
        request: UpdateRequest<NoteModel>,
    ) -> Result<Applied<NoteModel>, Failure<NoteModel>> {
        Ok(write(request.planned))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &(),
        _request: DeleteRequest<NoteModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }
}

#[test]
fn schema_is_the_one_that_the_builders_make() {
    let word = Attribute::int64("length")
        .computed()
        .description("How long it is.");
    let line = Block::list("line")
        .items(0..=3)
        .description("The lines.")
        .attribute(Attribute::string("text").required())
        .attribute(Attribute::bool("wrapped").optional().default(true))
        .attribute(Attribute::nested_list("words", [word]).computed());
    let built = Schema::new(3)
        .description("A note, as a file.\n\nIt is small.")
        .attribute(
            Attribute::string("path")
                .description("Where the note is.")
                .required()
                .requires_replace(),
        )
        .attribute(
            Attribute::string("style")
                .description("How it is written.")
                .optional()
                .default("plain")
                .validate(Validator::one_of(["plain", "bold"])),
        )
        .attribute(
            Attribute::string("key_wo")
                .description("The key.")
                .optional()
                .write_only()
                .sensitive(),
        )
        .attribute(Attribute::int64("pages").optional())
        .attribute(
            Attribute::string("owner")
                .description("Who wrote it.")
                .optional(),
        )
        .attribute(Attribute::set("topics", Type::String).optional())
        .attribute(Attribute::map("weights", Type::Number).optional())
        .attribute(
            Attribute::string("type")
                .computed()
                .use_prior_state()
                .deprecated("Do not look."),
        )
        .block(line)
        .block(timeouts::block([(
            Operation::Create,
            std::time::Duration::from_secs(60),
        )]))
        .all_or_none_of(["key_wo", "pages"]);
    assert_eq!(format!("{:#?}", NoteModel::schema()), format!("{built:#?}"));
}

#[test]
fn defaults_are_those_of_the_schema_and_null_elsewhere() {
    let note = NoteModel::defaults();
    assert_eq!(note.style, STYLE.into());
    assert!(note.path.is_null() && note.key_wo.is_null() && note.line.is_null());
    assert!(note.labels.owner.is_null());
}

#[test]
fn what_is_unknown_anywhere_makes_the_model_not_wholly_known() {
    let line = |text| Line {
        text,
        ..Line::defaults()
    };
    let note = |lines: Vec<Line>, owner| NoteModel {
        line: lines.into(),
        labels: Labels {
            owner,
            ..Labels::defaults()
        },
        ..NoteModel::defaults()
    };
    assert!(note(vec![line("a".into())], "me".into()).is_wholly_known());
    assert!(!note(vec![line(Field::Unknown)], "me".into()).is_wholly_known());
    assert!(!note(vec![], Field::Unknown).is_wholly_known());
}

#[test]
fn model_is_written_and_read_as_json_with_the_fragment_among_its_fields() {
    let labels = Labels {
        owner: "me".into(),
        ..Labels::defaults()
    };
    let json = serde_json::to_value(&labels).expect("it can be written");
    assert_eq!(
        json,
        json!({"owner": "me", "topics": null, "weights": null})
    );
    let read: Labels = serde_json::from_value(json).expect("it can be read");
    assert_eq!(read, labels);
    let note = NoteModel {
        labels,
        key_wo: Key("k".to_owned()).into(),
        ..NoteModel::defaults()
    };
    let json = serde_json::to_value(&note).expect("it can be written");
    assert_eq!(json["owner"], "me");
    assert_eq!(json["key_wo"], json!(null));
    let error = serde_json::from_value::<Labels>(json!({"owner": null})).expect_err("incomplete");
    assert!(error.to_string().contains("topics"), "{error}");
}

#[tokio::test]
async fn derived_model_goes_through_plan_and_apply() {
    let provider = testing::provider(|registry| {
        registry.resource(Note);
    })
    .await;
    let config = json!({
        "path": "a",
        "key_wo": "k",
        "pages": 1,
        "owner": unknown(),
        "topics": ["x", "y"],
        "line": [{"text": "one two"}],
    });
    let plan = provider
        .plan("test_note", None, config.clone())
        .await
        .unwrap();
    assert_eq!(plan.get("owner"), Value::UNKNOWN);
    assert_eq!(plan.get("style"), "plain".into());
    let mut config = config;
    config["owner"] = json!("me");
    let state = provider.apply_config("test_note", None, config).await;
    let state = state.unwrap_state();
    assert_eq!(state.get("owner"), "me".into());
    assert_eq!(state.get("key_wo"), Value::Null);
    assert_eq!(state.get("type"), "note".into());
    let wrapped = tfplugin::AttributePath::root("line")
        .index(0)
        .attribute("wrapped");
    assert_eq!(state.get(wrapped), true.into());
}
