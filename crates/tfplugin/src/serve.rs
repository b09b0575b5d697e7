//! The way from `main` to a provider that serves Terraform.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use tonic::service::Routes;

use crate::{
    framework::Server,
    logging,
    plugin::{
        Mode,
        environment::Environment,
        handshake,
        lifecycle::{Lifecycle, Reason},
        listener::Listener,
        reattach, server,
        tls::Tls,
    },
    provider::Provider,
    rpc::{Operations, Service},
};

/// Everything that can end the process with an error.
type Error = Box<dyn std::error::Error>;

/// How the process was started.
#[derive(Debug, PartialEq, Eq)]
enum Invocation {
    /// By Terraform or by hand: the environment tells.
    Plugin,
    /// With `--debug`.
    Debug,
    /// With `--version`.
    Version,
    /// With `--help`.
    Help,
    /// With something else.
    Unknown(String),
}

impl Invocation {
    fn of(arguments: impl IntoIterator<Item = String>) -> Self {
        match arguments.into_iter().next().as_deref() {
            None => Self::Plugin,
            // Go's flag package, which other providers use, takes one dash as well.
            Some("--debug" | "-debug") => Self::Debug,
            Some("--version" | "-version" | "-V") => Self::Version,
            Some("--help" | "-help" | "-h") => Self::Help,
            Some(other) => Self::Unknown(other.to_owned()),
        }
    }
}

/// Serves a provider to the Terraform or OpenTofu process that started this one; the whole of a
/// provider's `main`.
///
/// `address` is the source address with its host, such as `registry.terraform.io/acme/toaster`.
///
/// Standard output belongs to the handshake: nothing else may write there. The log on standard
/// error follows `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER` and `TF_LOG`. Started by hand, the
/// process explains itself and fails; `--debug` serves until it is interrupted and prints how
/// Terraform finds it. Terraform then makes a connection for each phase and provider block, in place of a process: each
/// connection is configured by itself, and has what it made of that for itself.
pub fn run<P: Provider>(provider: P, address: &'static str) -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let result = match Invocation::of(arguments.map(|text| text.to_string_lossy().into_owned())) {
        Invocation::Version => print(&version(&provider)),
        Invocation::Help => print(&help(&provider, address)),
        Invocation::Debug => serve_in_debug_mode(provider, address),
        Invocation::Plugin => {
            let environment = Environment::of_process();
            if environment.started_as_plugin {
                serve_as_plugin(provider, address, &environment)
            } else {
                Err(help(&provider, address).into())
            }
        }
        Invocation::Unknown(argument) => Err(format!(
            "Unknown argument {argument:?}.\n\n{}",
            help(&provider, address)
        )
        .into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere else to report to.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything up to the handshake line counts for each of the processes that Terraform starts, one
/// per phase and provider block: no runtime and no thread before it.
fn serve_as_plugin<P: Provider>(
    provider: P,
    address: &'static str,
    environment: &Environment,
) -> Result<(), Error> {
    if !environment.speaks_protocol() {
        return Err(format!(
            "This provider speaks version 6 of the plugin protocol, the client only {:?}: it \
             needs Terraform 1.0 or OpenTofu 1.6, or later ones.",
            environment.protocol_versions,
        )
        .into());
    }
    logging::start(provider.name(), logging::crate_of::<P>());
    let tls = environment.client_certificate.as_deref();
    let tls = tls.map(Tls::for_client).transpose()?;
    let listener = Listener::bind(environment)?;
    let certificate = tls.as_ref().map(|tls| tls.certificate.as_ref());
    handshake::announce(&handshake::line(
        listener.address(),
        certificate,
        environment,
    ))?;
    let tls = tls.map(|tls| tls.config);
    serve(provider, address, listener, tls, Mode::Plugin)
}

fn serve_in_debug_mode<P: Provider>(provider: P, address: &'static str) -> Result<(), Error> {
    logging::start(provider.name(), logging::crate_of::<P>());
    let listener = Listener::bind(&Environment::default())?;
    let line = reattach::line(address, std::process::id(), listener.address());
    print(&format!(
        "The provider is running. To use it from Terraform or OpenTofu, set\n\n\t{line}\n"
    ))?;
    serve(provider, address, listener, None, Mode::Debug)
}

/// Serves until the process is asked to end.
fn serve<P: Provider>(
    provider: P,
    address: &'static str,
    listener: Listener,
    tls: Option<Arc<rustls::ServerConfig>>,
    mode: Mode,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let lifecycle = Lifecycle::default();
        let operations = Arc::new(Operations::default());
        let service = Service::new(Server::new(provider), Arc::clone(&operations), address);
        let routes: Box<dyn Fn() -> Routes + Send + Sync> = match mode {
            Mode::Plugin => {
                let grpc = service.into_grpc();
                Box::new(move || Routes::new(grpc.clone()))
            }
            Mode::Debug => Box::new(move || Routes::new(service.for_another_client().into_grpc())),
        };
        let serving = async {
            let served = server::serve(listener, tls, lifecycle.clone(), mode, routes);
            let served = served.await;
            // For a server that failed: it was not asked to end yet.
            lifecycle.end(Reason::Shutdown);
            served
        };
        let stopping = async {
            lifecycle.ending().await;
            operations.end();
            // Also those whose client is gone.
            operations.finished().await;
        };
        tokio::select! {
            never = lifecycle.each_interrupt(|| operations.stop_looks()) => match never {},
            served = async { tokio::join!(serving, stopping).0 } => served,
            () = lifecycle.too_late() => Ok(()),
        }
    });
    // A task that blocks must not keep the process.
    runtime.shutdown_background();
    Ok(served?)
}

fn version(provider: &impl Provider) -> String {
    format!(
        "terraform-provider-{} {}",
        provider.name(),
        provider.version()
    )
}

fn help(provider: &impl Provider, address: &str) -> String {
    let name = provider.name();
    let source = address
        .strip_prefix("registry.terraform.io/")
        .unwrap_or(address);
    format!(
        "{version}\n\n\
         This program is a provider for Terraform and OpenTofu, which start it themselves; it is \
         not meant to be started by hand.\n\n\
         To install it, name it in the configuration and run `terraform init` or `tofu init`:\n\n\
         \x20 terraform {{\n\
         \x20   required_providers {{\n\
         \x20     {name} = {{\n\
         \x20       source = \"{source}\"\n\
         \x20     }}\n\
         \x20   }}\n\
         \x20 }}\n\n\
         Or, to try this very file, put into ~/.terraformrc (OpenTofu: ~/.tofurc)\n\n\
         \x20 provider_installation {{\n\
         \x20   dev_overrides {{\n\
         \x20     \"{source}\" = \"{folder}\"\n\
         \x20   }}\n\
         \x20   direct {{}}\n\
         \x20 }}\n\n\
         Options:\n\
         \x20 --debug    serve until interrupted, and print how Terraform finds the process\n\
         \x20 --version  print the version\n\
         \x20 --help     print this text",
        version = version(provider),
        folder = std::env::current_exe()
            .ok()
            .and_then(|path| Some(path.parent()?.display().to_string()))
            .unwrap_or_else(|| "the folder of this file".to_owned()),
    )
}

/// Writes to standard output, which is free as long as there is no handshake.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}
