//! Taking over the state of another type.

use super::{Server, bug, server};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    move_state::{MoveRequest, MoveSource},
    provider::Provider,
    value::{Encoded, RawState, unknown_paths},
};

/// What was asked for in messages of this file.
const SUMMARY: &str = "Cannot Move the Resource";

/// A state to be taken over, as it was stored.
#[derive(Debug)]
pub(crate) struct MoveChange {
    pub(crate) source_provider_address: String,
    pub(crate) source_type_name: String,
    pub(crate) source_schema_version: i64,
    pub(crate) source_state: RawState,
    pub(crate) source_private: Vec<u8>,
    /// `None` where the source has no identity.
    pub(crate) source_identity: Option<RawState>,
    pub(crate) source_identity_schema_version: i64,
    pub(crate) target_type_name: String,
}

/// A state that was taken over.
#[derive(Debug)]
pub(crate) struct MoveResult {
    /// The state of the target and its private data; `None` with an error.
    pub(crate) target: Option<(Encoded, Vec<u8>)>,
    pub(crate) diagnostics: Diagnostics,
}

impl<P: Provider> Server<P> {
    /// Makes a state of the target type from that of a source.
    pub(crate) async fn move_resource_state(
        &self,
        context: &Context,
        change: MoveChange,
    ) -> MoveResult {
        self.move_state(context, change)
            .await
            .unwrap_or_else(|diagnostics| MoveResult {
                target: None,
                diagnostics,
            })
    }

    async fn move_state(
        &self,
        context: &Context,
        change: MoveChange,
    ) -> Result<MoveResult, Diagnostics> {
        let resource = self.resource(&change.target_type_name)?;
        let mover = self.registry.state_movers.get(&change.target_type_name);
        let sources = mover.map_or_else(Vec::new, |mover| mover.move_sources());
        let Some(mover) = mover.filter(|_| is_source(&sources, &change)) else {
            return Err(refusal(&sources, &change).into());
        };
        let request = MoveRequest {
            state: json(&change.source_state, "state")?,
            identity: change
                .source_identity
                .as_ref()
                .map(|identity| json(identity, "identity"))
                .transpose()?,
            identity_schema_version: change.source_identity_schema_version,
            provider_address: change.source_provider_address,
            type_name: change.source_type_name,
            schema_version: change.source_schema_version,
            private: change.source_private,
        };
        let moved = mover.move_state(context, request).await?;
        if moved.diagnostics.has_errors() {
            return Err(moved.diagnostics);
        }
        if let Some(path) = unknown_paths(&moved.state).into_iter().next() {
            let detail = format!("The moved value of {path} is unknown.");
            return Err(bug(detail).at(path).into());
        }
        let state = server::encode(&moved.state, resource.object_type())?;
        Ok(MoveResult {
            target: Some((state, moved.private.to_bytes())),
            diagnostics: moved.diagnostics,
        })
    }
}

fn is_source(sources: &[MoveSource], change: &MoveChange) -> bool {
    sources.iter().any(|source| {
        source.is_type(&change.source_provider_address, &change.source_type_name)
            && source
                .schema_versions
                .contains(&change.source_schema_version)
    })
}

/// Why a state is not taken over, and what to do instead.
fn refusal(sources: &[MoveSource], change: &MoveChange) -> Diagnostic {
    let MoveChange {
        source_provider_address: address,
        source_type_name: source,
        source_schema_version: version,
        target_type_name: target,
        ..
    } = change;
    let known: Vec<String> = sources
        .iter()
        .filter(|one| one.is_type(address, source))
        .map(|one| one.schema_versions.clone())
        .map(|versions| match (versions.start(), versions.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        })
        .collect();
    if !known.is_empty() {
        let known = known.join(", ");
        return Diagnostic::error(
            SUMMARY,
            format!(
                "The state of {source} from {address} has schema version {version}, and {target} takes over versions \
                 {known} only. Use a version of either provider that goes with the other."
            ),
        );
    }
    let others = if sources.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = sources
            .iter()
            .map(|source| format!("{} from {}", source.type_name, source.provider_address))
            .collect();
        format!(" It does so for {}.", names.join(", "))
    };
    Diagnostic::error(
        SUMMARY,
        format!(
            "{target} cannot take over the state of {source} from {address}.{others} Instead of moving, remove the \
             old resource from the state with a \"removed\" block, and import the new one."
        ),
    )
}

/// The JSON of what another type, perhaps of another provider, has stored.
fn json(raw: &RawState, what: &str) -> Result<serde_json::Value, Diagnostic> {
    let RawState::Json(json) = raw else {
        return Err(Diagnostic::error(
            SUMMARY,
            format!(
                "The {what} of the source was written by Terraform 0.11 or older. Refresh it with Terraform 0.12 or \
                 later, and the provider that wrote it, first."
            ),
        ));
    };
    serde_json::from_slice(json).map_err(|error| {
        // The text of the error has a place in it, and nothing of what is there.
        Diagnostic::error(
            SUMMARY,
            format!("The {what} of the source is not JSON: {error}."),
        )
    })
}
