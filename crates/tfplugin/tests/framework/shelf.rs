//! A provider of books: a resource with an identity that can be listed, and an action.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Action, Context, Diagnostic, Diagnostics, Field, ListResource, Resource, ResourceIdentity,
    action::Progress,
    list_resource::{ListItem, ListRequest, ListResults},
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, ReadRequest, ReadResponse,
        UpdateRequest,
    },
    schema::{Attribute, IdentityAttribute, IdentitySchema, Schema},
    testing::{self, StubProvider, TestProvider},
};

pub const BOOK: &str = "shelf_book";

/// What a book does besides what it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quirk {
    #[default]
    None,
    /// Its identity takes over its title, which can be changed.
    TitleInIdentity,
    /// As before, and its author says so.
    TitleInIdentityMayChange,
}

/// A configured provider.
pub async fn shelf(quirk: Quirk) -> TestProvider<StubProvider> {
    testing::provider(move |registry| {
        let book = Book(quirk);
        registry
            .resource(book)
            .identity(book)
            .list_resource(book)
            .action(Dust);
    })
    .await
}

/// A book, which is there as long as somebody knows its shelf mark.
#[derive(Clone, Copy)]
pub struct Book(Quirk);

#[derive(Clone, Serialize, Deserialize)]
pub struct BookModel {
    title: Field<String>,
    room: Field<String>,
    mark: Field<i64>,
}

#[derive(Serialize, Deserialize)]
pub struct BookIdentity {
    room: Field<String>,
    mark: Field<i64>,
    title: Field<String>,
}

fn book(room: &str, mark: i64) -> BookModel {
    BookModel {
        title: format!("Volume {mark}").into(),
        room: room.into(),
        mark: mark.into(),
    }
}

#[async_trait]
impl Resource<()> for Book {
    type Model = BookModel;

    fn type_name(&self) -> &'static str {
        BOOK
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(Attribute::string("title").required())
            .attribute(Attribute::string("room").required().requires_replace())
            .attribute(Attribute::int64("mark").computed().use_prior_state())
    }

    async fn create(
        &self,
        _context: &Context,
        _provider: &(),
        request: CreateRequest<BookModel>,
    ) -> Result<Applied<BookModel>, Failure<BookModel>> {
        let mut state = request.planned;
        let room = state.room.known().map_or(0, String::len);
        state.mark = i64::try_from(room).unwrap_or_default().into();
        Ok(Applied::new(state))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &(),
        request: ReadRequest<BookModel>,
    ) -> Result<ReadResponse<BookModel>, Diagnostics> {
        let mut state = request.state;
        if state.mark.is_null() {
            state.mark = 5.into();
        }
        if state.title.is_null() {
            state.title = "Found".into();
        }
        let is_gone = state.room == Field::Known("attic".to_owned());
        Ok(ReadResponse::from((!is_gone).then_some(state)))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &(),
        request: UpdateRequest<BookModel>,
    ) -> Result<Applied<BookModel>, Failure<BookModel>> {
        Ok(Applied::new(request.planned))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &(),
        _request: DeleteRequest<BookModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }

    async fn import(
        &self,
        _context: &Context,
        _provider: &(),
        id: &str,
    ) -> Result<Imported<BookModel>, Diagnostics> {
        Ok(Imported::new(BookModel {
            title: Field::Null,
            room: id.into(),
            mark: Field::Null,
        }))
    }
}

#[async_trait]
impl ResourceIdentity<()> for Book {
    type Identity = BookIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::new(1)
            .attribute(IdentityAttribute::string("room").required_for_import())
            .attribute(IdentityAttribute::number("mark"))
            .attribute(IdentityAttribute::string("title"))
    }

    fn identity(&self, _provider: &(), state: &BookModel) -> BookIdentity {
        BookIdentity {
            room: state.room.clone(),
            mark: state.mark,
            title: match self.0 {
                Quirk::None => Field::Null,
                _ => state.title.clone(),
            },
        }
    }

    fn identity_may_change(&self, attribute: &str) -> bool {
        self.0 == Quirk::TitleInIdentityMayChange && attribute == "title"
    }

    fn canonical_identity(&self, identity: BookIdentity) -> BookIdentity {
        BookIdentity {
            room: identity.room.map(|room| room.to_lowercase()),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        _context: &Context,
        _provider: &(),
        identity: BookIdentity,
    ) -> Result<Imported<BookModel>, Diagnostics> {
        Ok(Imported::new(BookModel {
            title: Field::Null,
            room: identity.room,
            mark: identity.mark,
        }))
    }
}

#[derive(Deserialize)]
pub struct ListConfig {
    room: Field<String>,
}

#[async_trait]
impl ListResource<()> for Book {
    type ListConfig = ListConfig;

    fn list_schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::string("room").required())
    }

    async fn list(
        &self,
        _context: &Context,
        _provider: &(),
        request: ListRequest<ListConfig>,
        results: &mut ListResults<'_, ListItem<BookModel, BookIdentity>>,
    ) -> Result<(), Diagnostics> {
        let room = request.config.room.or_default();
        for mark in 0..3 {
            let state = book(&room, mark);
            results
                .send(
                    ListItem::new(self.identity(&(), &state), format!("{room}/{mark}"))
                        .with_state(request.include_resource.then_some(state)),
                )
                .await;
        }
        Err(Diagnostic::error("Locked", "The last cupboard is locked.").into())
    }
}

/// An action.
struct Dust;

#[derive(Deserialize)]
struct DustConfig {
    room: Field<String>,
}

#[async_trait]
impl Action<()> for Dust {
    type Config = DustConfig;

    fn type_name(&self) -> &'static str {
        "shelf_dust"
    }

    fn schema(&self) -> Schema {
        Schema::new(0).attribute(Attribute::string("room").required())
    }

    async fn plan(&self, _context: &Context, _provider: &(), config: DustConfig) -> Diagnostics {
        match config.room.known().map(String::as_str) {
            Some("cellar") => Diagnostic::error("Dark", "Nobody sees anything there.")
                .at("room")
                .into(),
            _ => Diagnostics::new(),
        }
    }

    async fn invoke(
        &self,
        _context: &Context,
        _provider: &(),
        config: DustConfig,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        for part in ["top", "bottom"] {
            let room = config.room.or_default();
            progress.report(format!("{room}: {part}")).await;
        }
        Ok(Diagnostic::warning("Dusty", "Again.").into())
    }
}
