//! The service of the plugin protocol: one RPC per file, each of which converts the request, calls
//! the framework, and converts the result.

mod apply_resource_change;
mod call_function;
mod close_ephemeral_resource;
mod configure_provider;
mod generate_resource_config;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod get_resource_identity_schemas;
mod import_resource_state;
mod invoke_action;
mod list_resource;
mod move_resource_state;
mod open_ephemeral_resource;
mod operations;
mod plan_action;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod renew_ephemeral_resource;
mod state_stores;
mod stop_provider;
mod upgrade_resource_identity;
mod upgrade_resource_state;
mod validate_action_config;
mod validate_data_resource_config;
mod validate_ephemeral_resource_config;
mod validate_list_resource_config;
mod validate_provider_config;
mod validate_resource_config;

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

use operations::Call;
pub(crate) use operations::Operations;

use crate::{
    framework::Server,
    proto::tfplugin6::{self as proto, provider_server},
    provider::Provider,
};

/// The largest message in either direction, in bytes: what Go's providers take.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;

/// A provider on the wire.
pub(crate) struct Service<P: Provider> {
    server: Arc<Server<P>>,
    operations: Arc<Operations>,
    address: &'static str,
}

impl<P: Provider> Service<P> {
    /// The provider of that source address. Its calls run among `operations`.
    pub(crate) fn new(
        server: Server<P>,
        operations: Arc<Operations>,
        address: &'static str,
    ) -> Self {
        Self {
            server: Arc::new(server),
            operations,
            address,
        }
    }

    /// The same provider for a client of its own, which has yet to configure it.
    pub(crate) fn for_another_client(&self) -> Self {
        Self {
            server: Arc::new(self.server.unconfigured()),
            operations: Arc::new(self.operations.of_another_client()),
            address: self.address,
        }
    }

    /// The service as gRPC serves it.
    pub(crate) fn into_grpc(self) -> provider_server::ProviderServer<Self> {
        provider_server::ProviderServer::new(self)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE)
    }

    /// A call of that RPC that concerns no type in particular.
    fn call(&self, rpc: &'static str) -> Call {
        self.call_for(rpc, "")
    }

    /// A call of that RPC for a resource type, a data source, a function or an action.
    fn call_for(&self, rpc: &'static str, type_name: &str) -> Call {
        Call {
            rpc,
            type_name: type_name.to_owned(),
            provider_address: self.address,
        }
    }
}

/// Hands each RPC to the function of the same name in the file of the same name. Those after
/// `stream:` answer with a stream of events. Those after `refuse:` answer UNIMPLEMENTED with their
/// name, and so do, without it, those that are not listed.
macro_rules! serve {
    (
        $($rpc:ident,)*
        ; stream: $($streaming:ident,)*
        ; refuse: $($refused:ident($name:literal: $request:ty) -> $response:ty,)*
    ) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Service<P> {
            $(
                async fn $rpc(
                    &self,
                    request: Request<proto::$rpc::Request>,
                ) -> Result<Response<proto::$rpc::Response>, Status> {
                    Ok(Response::new($rpc::$rpc(self, request.into_inner()).await))
                }
            )*
            $(
                async fn $streaming(
                    &self,
                    request: Request<proto::$streaming::Request>,
                ) -> Result<Response<BoxStream<proto::$streaming::Event>>, Status> {
                    Ok(Response::new($streaming::$streaming(self, request.into_inner())))
                }
            )*
            $(
                async fn $refused(
                    &self,
                    _request: Request<$request>,
                ) -> Result<Response<$response>, Status> {
                    Err(state_stores::refusal($name))
                }
            )*
        }
    };
}

serve! {
    get_metadata,
    get_provider_schema,
    validate_provider_config,
    validate_resource_config,
    validate_data_resource_config,
    upgrade_resource_state,
    get_resource_identity_schemas,
    configure_provider,
    read_resource,
    plan_resource_change,
    apply_resource_change,
    import_resource_state,
    move_resource_state,
    read_data_source,
    get_functions,
    call_function,
    stop_provider,
    validate_ephemeral_resource_config,
    open_ephemeral_resource,
    renew_ephemeral_resource,
    close_ephemeral_resource,
    generate_resource_config,
    upgrade_resource_identity,
    validate_list_resource_config,
    validate_action_config,
    plan_action,
    ; stream:
    list_resource,
    invoke_action,
    ; refuse:
    validate_state_store_config(
        "ValidateStateStoreConfig": proto::validate_state_store::Request
    ) -> proto::validate_state_store::Response,
    configure_state_store(
        "ConfigureStateStore": proto::configure_state_store::Request
    ) -> proto::configure_state_store::Response,
    read_state_bytes(
        "ReadStateBytes": proto::read_state_bytes::Request
    ) -> BoxStream<proto::read_state_bytes::Response>,
    write_state_bytes(
        "WriteStateBytes": Streaming<proto::write_state_bytes::RequestChunk>
    ) -> proto::write_state_bytes::Response,
    lock_state("LockState": proto::lock_state::Request) -> proto::lock_state::Response,
    unlock_state("UnlockState": proto::unlock_state::Request) -> proto::unlock_state::Response,
    get_states("GetStates": proto::get_states::Request) -> proto::get_states::Response,
    delete_state("DeleteState": proto::delete_state::Request) -> proto::delete_state::Response,
}
