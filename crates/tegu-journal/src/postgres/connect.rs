//! Connections whose password is fetched when they are made.

use crate::{BoxFuture, Error};
use deadpool_postgres::Connect;
use secrecy::ExposeSecret as _;
use std::sync::{Arc, Mutex, PoisonError};
use tegu_net::{Secret, SecretRequest};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, error::SqlState};

type Connected = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

/// Asks for the password before each connection, and for a fresh one if the database refuses it.
pub(super) struct WithPassword {
    pub(super) connect: Box<dyn Connect>,
    pub(super) password: Option<Secret>,
    pub(super) missing: Missing,
}

impl WithPassword {
    async fn once(&self, config: &Config, secret: &Secret, request: SecretRequest) -> Connected {
        let mut config = config.clone();
        match secret.get(request).await {
            Ok(password) => {
                config.password(password.expose_secret());
            }
            // The library knows no errors of others: without a password it fails, and `Missing` says why.
            Err(error) => self.missing.keep(error),
        }
        self.connect.connect(&config).await
    }
}

impl Connect for WithPassword {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Connected> {
        let config = config.clone();
        Box::pin(async move {
            let Some(secret) = &self.password else {
                return self.connect.connect(&config).await;
            };
            match self.once(&config, secret, SecretRequest::Any).await {
                Err(error) if secret.is_provided() && is_refused(&error) => {
                    self.once(&config, secret, SecretRequest::Fresh).await
                }
                done => done,
            }
        })
    }
}

fn is_refused(error: &tokio_postgres::Error) -> bool {
    let refusals = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
    ];
    error.code().is_some_and(|code| refusals.contains(code))
}

/// Why there was no password for the last connection.
#[derive(Clone, Default)]
pub(super) struct Missing(Arc<Mutex<Option<Error>>>);

impl Missing {
    fn keep(&self, error: Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
