//! The service of the plugin protocol: one RPC per file, each of which converts the request, calls
//! the framework, and converts the result.

mod apply_resource_change;
mod call_function;
mod configure_provider;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod get_resource_identity_schemas;
mod import_resource_state;
mod move_resource_state;
mod operations;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod stop_provider;
mod upgrade_resource_state;
mod validate_data_resource_config;
mod validate_provider_config;
mod validate_resource_config;

use std::sync::Arc;

use tonic::{Request, Response, Status};

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

    /// A call of that RPC for a resource type, a data source or a function.
    fn call_for(&self, rpc: &'static str, type_name: &str) -> Call {
        Call {
            rpc,
            type_name: type_name.to_owned(),
            provider_address: self.address,
        }
    }
}

/// Hands each RPC to the function of the same name in the file of the same name. Those that are not
/// listed answer UNIMPLEMENTED.
macro_rules! serve {
    ($($rpc:ident($request:path) -> $response:path;)*) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Service<P> {
            $(
                async fn $rpc(
                    &self,
                    request: Request<$request>,
                ) -> Result<Response<$response>, Status> {
                    Ok(Response::new($rpc::$rpc(self, request.into_inner()).await))
                }
            )*
        }
    };
}

serve! {
    get_metadata(proto::get_metadata::Request) -> proto::get_metadata::Response;
    get_provider_schema(proto::get_provider_schema::Request) -> proto::get_provider_schema::Response;
    validate_provider_config(proto::validate_provider_config::Request) -> proto::validate_provider_config::Response;
    validate_resource_config(proto::validate_resource_config::Request) -> proto::validate_resource_config::Response;
    validate_data_resource_config(proto::validate_data_resource_config::Request) -> proto::validate_data_resource_config::Response;
    upgrade_resource_state(proto::upgrade_resource_state::Request) -> proto::upgrade_resource_state::Response;
    get_resource_identity_schemas(proto::get_resource_identity_schemas::Request) -> proto::get_resource_identity_schemas::Response;
    configure_provider(proto::configure_provider::Request) -> proto::configure_provider::Response;
    read_resource(proto::read_resource::Request) -> proto::read_resource::Response;
    plan_resource_change(proto::plan_resource_change::Request) -> proto::plan_resource_change::Response;
    apply_resource_change(proto::apply_resource_change::Request) -> proto::apply_resource_change::Response;
    import_resource_state(proto::import_resource_state::Request) -> proto::import_resource_state::Response;
    move_resource_state(proto::move_resource_state::Request) -> proto::move_resource_state::Response;
    read_data_source(proto::read_data_source::Request) -> proto::read_data_source::Response;
    get_functions(proto::get_functions::Request) -> proto::get_functions::Response;
    call_function(proto::call_function::Request) -> proto::call_function::Response;
    stop_provider(proto::stop_provider::Request) -> proto::stop_provider::Response;
}
