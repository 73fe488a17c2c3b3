//! `DIRECTORY`: who sees who is here.

use guildhall_core::{Directory, Policy};
use guildhall_openapi::{ErrorCode, UserView};

use crate::support::{Api, World, on_both};
use crate::users::everyone;

on_both! {
    /// A directory that is shown to those who may not see it, or not shown to those who may.
    async fn the_directory_is_shown_as_its_setting_says(world) {
        let (user, someone) = world.someone().await;
        let (admin_user, admin) = world.admin().await;
        let other = format!("/users/{}", admin_user.id);
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
                    let views = everyone(caller, false).await;
                    assert!(views.iter().all(|view| matches!(view, UserView::Member(_))), "{views:?}");
                }
            }
            let oneself = someone.accounts().get(user.id).await.unwrap();
            assert_eq!(oneself.id(), user.id, "always");
            let all = everyone(&admin, false).await;
            assert!(all.iter().all(|view| matches!(view, UserView::Full(_))), "{all:?}");
            assert_eq!(all.len(), 2, "{directory:?}");
            // A token that is shown has to be good, also where none is needed.
            api.with_token("x").get("/users").await.refused(ErrorCode::NotAuthenticated);
        }
    }
}

async fn served(world: &World, directory: Directory) -> Api {
    world.under(Policy { directory, ..Policy::default() }).await
}
