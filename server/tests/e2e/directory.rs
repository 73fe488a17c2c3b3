//! `DIRECTORY`: who sees who is here.

use guildhall_core::{Directory, Policy};
use guildhall_openapi::{ErrorCode, User, UserView};

use crate::support::{World, on_both};

on_both! {
    /// A directory that is shown to those who may not see it, or not shown to those who may.
    async fn the_directory_is_shown_as_its_setting_says(world) {
        let (user, someone) = world.someone().await;
        let (admin_user, admin) = world.admin().await;
        let (own, other) = (format!("/users/{}", user.id), format!("/users/{}", admin_user.id));
        for (directory, strangers, members) in [
            (Directory::Members, Err(ErrorCode::NotAuthenticated), Ok(())),
            (Directory::Public, Ok(()), Ok(())),
            (Directory::Private, Err(ErrorCode::NotAuthenticated), Err(ErrorCode::Forbidden)),
        ] {
            let api = served(world, directory).await;
            let (someone, admin) = (someone.moved_to(&api), admin.moved_to(&api));
            for (caller, may) in [(&api, strangers), (&someone, members)] {
                for path in ["/users", "/users?q=person", "/users?include_deleted=true", other.as_str()] {
                    let reply = caller.get(path).await;
                    match may {
                        Ok(()) => assert_eq!(reply.status, 200, "{directory:?} {path}"),
                        Err(code) => drop(reply.refused(code)),
                    }
                }
                if may.is_ok() {
                    let views: Vec<UserView> = caller.get("/users").await.json();
                    assert!(views.iter().all(|view| matches!(view, UserView::Member(_))), "{views:?}");
                }
            }
            assert_eq!(someone.get(&own).await.json::<User>().id, user.id, "always oneself");
            let all: Vec<User> = admin.get("/users").await.json();
            assert_eq!(all.len(), 2, "{directory:?}");
            // A token that is shown has to be good, also where none is needed.
            api.with_token("x").get("/users").await.refused(ErrorCode::NotAuthenticated);
        }
    }
}

async fn served(world: &World, directory: Directory) -> crate::support::Api {
    world.under(Policy { directory, ..Policy::default() }).await
}
