//! An HTTP proxy on loopback that sees which hosts are asked for, and what goes by.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Leads every request to one port on loopback, whatever host it names. Ends with the test's
/// process.
pub struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    authorizations: Vec<String>,
    bytes: Vec<u8>,
}

impl Proxy {
    /// A proxy to the given port.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = seen.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = shared.clone();
                thread::spawn(move || serve(client, port, &seen));
            }
        });
        Self { address, seen }
    }

    /// Its URL; `login` is empty, or `USER:PASSWORD@`.
    pub fn url(&self, login: &str) -> String {
        format!("http://{login}{}", self.address)
    }

    /// The first words of the connections: method and what it is for.
    pub fn requests(&self) -> Vec<String> {
        self.look(|seen| seen.requests.clone())
    }

    /// The `Proxy-Authorization` headers of the connections.
    pub fn authorizations(&self) -> Vec<String> {
        self.look(|seen| seen.authorizations.clone())
    }

    /// The texts of an XML element, of all that went by in the clear.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let text = self.look(|seen| String::from_utf8_lossy(&seen.bytes).into_owned());
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        text.split(&start)
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(&end)?.0.to_owned()))
            .collect()
    }

    fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(mut client: TcpStream, port: u16, seen: &Arc<Mutex<Seen>>) {
    let Some(head) = head(&mut client) else {
        return;
    };
    let text = String::from_utf8_lossy(&head).into_owned();
    let words: Vec<&str> = text.split(' ').take(2).collect();
    {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.requests.push(words.join(" "));
        let headers = text.lines().filter_map(|line| line.split_once(": "));
        seen.authorizations.extend(
            headers
                .filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
                .map(|(_, value)| value.to_owned()),
        );
    }
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let begun = match words.first() {
        Some(&"CONNECT") => client.write_all(b"HTTP/1.1 200 OK\r\n\r\n"),
        // What went over a connection first is a request in itself: servers take the whole URL.
        _ => server.write_all(&head),
    };
    let (Ok(()), Ok(from_client), Ok(to_server)) = (begun, client.try_clone(), server.try_clone())
    else {
        return;
    };
    let shared = seen.clone();
    thread::spawn(move || pass(from_client, to_server, &shared));
    pass(server, client, seen);
}

/// What comes before and with the empty line.
fn head(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&buffer[..count]);
    }
    Some(head)
}

fn pass(mut from: TcpStream, mut to: TcpStream, seen: &Mutex<Seen>) {
    let _outcome = copy(&mut from, &mut to, seen);
    let _closed = to.shutdown(Shutdown::Write);
}

fn copy(from: &mut TcpStream, to: &mut TcpStream, seen: &Mutex<Seen>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .bytes
            .extend_from_slice(&buffer[..count]);
        to.write_all(&buffer[..count])?;
    }
}
