//! Where controllers come in: a Unix socket, whose file says who may; or, where there is none, a port of the
//! loopback interface and a private file that tells port and token to those who may read it.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use mio::net::TcpListener;
use serde_json::json;

use super::token::Token;
use crate::options::Control;
use crate::platform::{self, Listener};

/// The documented range of the server's setting.
const MEDIA_PORTS: std::ops::RangeInclusive<u16> = 40_000..=49_999;

/// An open door.
pub(super) struct Door {
    pub(super) listener: Box<dyn Listener>,
    /// What a connection must show first.
    pub(super) token: Option<Token>,
    file: PathBuf,
}

impl Door {
    /// Listens, and lets others find it.
    pub(super) fn open(control: &Control) -> io::Result<Self> {
        match control {
            Control::Socket(path) => {
                Ok(Self { listener: platform::bind_private(path)?, token: None, file: path.clone() })
            }
            Control::Endpoint(path) => {
                let listener = loopback()?;
                let token = Token::random()?;
                publish(path, listener.local_addr()?, &token)?;
                Ok(Self { listener: Box::new(listener), token: Some(token), file: path.clone() })
            }
        }
    }

    /// Takes the file away: a later start would find a door that leads nowhere.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_file(&self.file) {
            tracing::debug!(%error, "control file");
        }
    }
}

/// A listener on any port but those that workers use for media: another one's may be among them.
fn loopback() -> io::Result<TcpListener> {
    let mut passed_over = Vec::new();
    loop {
        let listener = TcpListener::bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0))?;
        if !MEDIA_PORTS.contains(&listener.local_addr()?.port()) {
            return Ok(listener);
        }
        // Held until another one is found, or the system might offer it again.
        passed_over.push(listener);
    }
}

/// Writes the file as a whole: whoever finds it can connect.
fn publish(path: &Path, address: SocketAddr, token: &Token) -> io::Result<()> {
    let content = json!({
        "host": address.ip().to_string(),
        "port": address.port(),
        "pid": std::process::id(),
        "token": token.as_str(),
    });
    let temporary = path.with_extension("new");
    platform::create_private(&temporary)?.write_all(content.to_string().as_bytes())?;
    std::fs::rename(&temporary, path)
}
