//! The program: its lines, where processes stand, and what is wrong.

use session::Problem;
use wasm_bindgen_test::wasm_bindgen_test;
use web::components::editor::{Editor, Props, Stand};
use web::state::Activity;
use yew::Callback;

use super::{all, mounted, text};

fn props() -> Props {
    Props {
        text: "int a;\nint b;\n".into(),
        second: None,
        edited: false,
        stands: vec![Stand {
            pid: "101".into(),
            class: "p2",
            line: 2,
        }],
        problems: Vec::new(),
        activity: Activity::Still,
        on: Callback::noop(),
    }
}

#[wasm_bindgen_test]
async fn the_line_of_a_process_is_marked() {
    let root = mounted(|root| {
        yew::Renderer::<Editor>::with_root_and_props(root, props()).render();
    })
    .await;
    assert_eq!(all(&root, ".line").len(), 3);
    assert_eq!(text(&root, ".line.at .pill"), "101");
    assert!(text(&root, ".line.at").starts_with("2int b;"));
    assert_eq!(text(&root, ".keyword"), "int");
}

#[wasm_bindgen_test]
async fn problems_are_told_with_line_and_column() {
    let problem = Problem {
        line: 2,
        column: 5,
        length: 1,
        message: "`b` is declared twice".into(),
        hint: None,
        text: "int b;".into(),
    };
    let props = Props {
        problems: vec![problem],
        stands: Vec::new(),
        ..props()
    };
    let root = mounted(|root| {
        yew::Renderer::<Editor>::with_root_and_props(root, props).render();
    })
    .await;
    assert_eq!(text(&root, ".diagnostics .where"), "2:5 ");
    assert_eq!(text(&root, ".diagnostics u"), "b");
    assert!(text(&root, ".line.wrong").starts_with('2'));
}
