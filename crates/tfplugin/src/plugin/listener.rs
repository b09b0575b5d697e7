//! The socket that the server listens on: unix, or TCP on the loopback address on Windows.

use std::io;
#[cfg(unix)]
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub(crate) use tokio::net::UnixStream as Socket;

#[cfg(windows)]
pub(crate) use tokio::net::TcpStream as Socket;

use super::environment::Environment;

/// Where a server can be reached, in the words of Go's `net` package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `unix` or `tcp`.
    pub(crate) network: &'static str,
    /// The path, or host and port.
    pub(crate) text: String,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The folder or the socket in it could not be made.
    #[cfg(unix)]
    #[error("cannot create a unix socket in {}: {source}", folder.display())]
    Create {
        /// The folder that the socket was to be created in.
        folder: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The folder's name leaves no room for a socket's.
    #[cfg(unix)]
    #[error(
        "the path of a unix socket in {} would be longer than the {LONGEST_PATH} bytes that the \
         operating system allows: set {variable} to a shorter one",
        folder.display(),
    )]
    PathTooLong {
        /// The folder that the socket was to be created in.
        folder: PathBuf,
        /// The variable that names the folder.
        variable: &'static str,
    },
    /// The path is not Unicode, which the handshake cannot carry.
    #[cfg(unix)]
    #[error("the path {} is not Unicode: set TMPDIR to a folder whose path is", .0.display())]
    NotUnicode(PathBuf),
    /// No port of the client's range is free.
    #[cfg(windows)]
    #[error("cannot listen on 127.0.0.1, ports {first} to {last}: {source}")]
    NoPort {
        /// The lowest port tried.
        first: u16,
        /// The highest port tried.
        last: u16,
        /// What the operating system said to the last attempt.
        source: io::Error,
    },
}

/// The longest path that every unix takes: 104 bytes on macOS, with the final NUL.
#[cfg(unix)]
const LONGEST_PATH: usize = 103;

/// A socket that is bound, before there is a runtime. Dropped, it leaves no file behind.
#[derive(Debug)]
pub(crate) struct Listener {
    #[cfg(unix)]
    socket: std::os::unix::net::UnixListener,
    #[cfg(windows)]
    socket: std::net::TcpListener,
    address: Address,
    /// Removes the socket with its folder.
    #[cfg(unix)]
    folder: tempfile::TempDir,
}

#[cfg(unix)]
impl Listener {
    /// Binds a socket that only this user can reach: of mode 0600 in a fresh folder of mode 0700.
    pub(crate) fn bind(environment: &Environment) -> Result<Self, Error> {
        if let Some(folder) = &environment.socket_folder {
            return Self::bind_in(folder, "PLUGIN_UNIX_SOCKET_DIR");
        }
        match Self::bind_in(&std::env::temp_dir(), "TMPDIR") {
            // Build systems like long ones. This one is short and always there.
            Err(Error::PathTooLong { folder, variable }) => {
                Self::bind_in(Path::new("/tmp"), "TMPDIR")
                    .map_err(|_| Error::PathTooLong { folder, variable })
            }
            bound => bound,
        }
    }

    fn bind_in(parent: &Path, variable: &'static str) -> Result<Self, Error> {
        use std::{fs, os::unix::fs::PermissionsExt};

        let create_error = |source| Error::Create {
            folder: parent.to_owned(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix("plugin")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(create_error)?;
        let path = folder.path().join("provider.sock");
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(Error::PathTooLong {
                folder: parent.to_owned(),
                variable,
            });
        }
        let text = path
            .to_str()
            .ok_or_else(|| Error::NotUnicode(parent.to_owned()))?
            .to_owned();
        let socket = std::os::unix::net::UnixListener::bind(&path).map_err(create_error)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(create_error)?;
        socket.set_nonblocking(true).map_err(create_error)?;
        Ok(Self {
            socket,
            address: Address {
                network: "unix",
                text,
            },
            folder,
        })
    }
}

#[cfg(windows)]
impl Listener {
    /// Binds the first free port of the client's range on the loopback address.
    pub(crate) fn bind(environment: &Environment) -> Result<Self, Error> {
        let (first, last) = environment.ports;
        let mut port = first;
        loop {
            match Self::bind_port(port) {
                Ok(listener) => return Ok(listener),
                Err(source) if port >= last => {
                    return Err(Error::NoPort {
                        first,
                        last,
                        source,
                    });
                }
                Err(_) => port += 1,
            }
        }
    }

    fn bind_port(port: u16) -> io::Result<Self> {
        let socket = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port))?;
        socket.set_nonblocking(true)?;
        let address = Address {
            network: "tcp",
            text: socket.local_addr()?.to_string(),
        };
        Ok(Self { socket, address })
    }
}

impl Listener {
    /// Where clients reach it.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Hands the socket to the runtime that is entered. The files are removed with the second
    /// part of the result.
    pub(super) fn into_async(self) -> io::Result<(AsyncListener, Files)> {
        #[cfg(unix)]
        let socket = tokio::net::UnixListener::from_std(self.socket)?;
        #[cfg(windows)]
        let socket = tokio::net::TcpListener::from_std(self.socket)?;
        let files = Files {
            #[cfg(unix)]
            _folder: self.folder,
        };
        Ok((AsyncListener { socket }, files))
    }
}

/// The files that a socket needs. Dropped, they are gone.
#[derive(Debug)]
pub(super) struct Files {
    #[cfg(unix)]
    _folder: tempfile::TempDir,
}

/// The socket of a [`Listener`], owned by a runtime.
#[derive(Debug)]
pub(super) struct AsyncListener {
    #[cfg(unix)]
    socket: tokio::net::UnixListener,
    #[cfg(windows)]
    socket: tokio::net::TcpListener,
}

impl AsyncListener {
    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Socket> {
        self.socket.accept().await.map(|(socket, _)| socket)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn in_folder(folder: &Path) -> Environment {
        Environment {
            socket_folder: Some(folder.to_owned()),
            ..Environment::default()
        }
    }

    #[test]
    fn listener_bound_is_reachable_by_its_user_alone_and_removed_when_dropped() {
        let parent = tempfile::tempdir().expect("a folder");
        let listener = Listener::bind(&in_folder(parent.path())).expect("a listener");
        let path = PathBuf::from(&listener.address().text);
        let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode();
        assert_eq!(mode(&path) & 0o777, 0o600);
        assert_eq!(mode(path.parent().expect("a parent")) & 0o777, 0o700);
        drop(listener);
        let left = fs::read_dir(parent.path()).expect("the folder").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn listener_in_folder_with_long_name_says_which_variable_to_set() {
        let parent = tempfile::tempdir().expect("a folder");
        let long = parent.path().join("x".repeat(LONGEST_PATH));
        fs::create_dir(&long).expect("a long name");
        let error = Listener::bind(&in_folder(&long)).expect_err("too long");
        assert!(
            error.to_string().contains("PLUGIN_UNIX_SOCKET_DIR"),
            "{error}"
        );
        assert_eq!(fs::read_dir(&long).expect("the folder").count(), 0);
    }
}
