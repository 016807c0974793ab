//! The console: completion, history, and errors at their place.

use std::cell::RefCell;
use std::rc::Rc;

use session::Problem;
use view::Pid;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web::components::console::{Console, Props};
use web::lab::Line;
use web::msg::Msg;
use web_sys::{Element, HtmlFormElement, HtmlInputElement};
use yew::Callback;

use super::{all, enter, mounted, one, press, text, turn};

type Said = Rc<RefCell<Vec<String>>>;

async fn console(lines: Vec<Line>) -> (Element, Said) {
    let said = Said::default();
    let heard = Rc::clone(&said);
    let names = ["mmap", "munmap", "mprotect"].map(|name| (name.to_owned(), "function".to_owned()));
    let props = Props {
        lines,
        speakers: vec![(Pid(100), "p1"), (Pid(101), "p2")],
        speaker: Pid(101),
        names: Rc::new(names.to_vec()),
        on: Callback::from(move |msg| {
            if let Msg::Say(pid, text) = msg {
                heard.borrow_mut().push(format!("{pid} {text}"));
            }
        }),
    };
    let root = mounted(|root| {
        yew::Renderer::<Console>::with_root_and_props(root, props).render();
    })
    .await;
    (root, said)
}

fn value(root: &Element) -> String {
    one(root, "#statement")
        .unchecked_into::<HtmlInputElement>()
        .value()
}

async fn submit(root: &Element) {
    let form: HtmlFormElement = one(root, "form").unchecked_into();
    form.request_submit().expect("a form");
    turn().await;
}

#[wasm_bindgen_test]
async fn names_are_completed() {
    let (root, _) = console(Vec::new()).await;
    let input = one(&root, "#statement");
    enter(&input, "char *p = m").await;
    assert!(one(&root, "#names").hidden(), "one letter is too little");
    enter(&input, "char *p = mm").await;
    let names: Vec<_> = all(&root, "#names li")
        .iter()
        .map(|li| li.text_content())
        .collect();
    assert_eq!(names, [Some("mmapfunction".to_owned())]);
    press(&input, "Tab").await;
    assert_eq!(value(&root), "char *p = mmap");
    assert!(one(&root, "#names").hidden());
}

#[wasm_bindgen_test]
async fn history_is_recalled() {
    let (root, said) = console(Vec::new()).await;
    let input = one(&root, "#statement");
    for line in ["a = 1;", "b = 2;"] {
        enter(&input, line).await;
        submit(&root).await;
    }
    assert_eq!(*said.borrow(), ["101 a = 1;", "101 b = 2;"]);
    assert_eq!(value(&root), "");
    press(&input, "ArrowUp").await;
    press(&input, "ArrowUp").await;
    assert_eq!(value(&root), "a = 1;");
    press(&input, "ArrowDown").await;
    assert_eq!(value(&root), "b = 2;");
    press(&input, "ArrowDown").await;
    assert_eq!(value(&root), "");
}

#[wasm_bindgen_test]
async fn refusals_stand_at_their_place() {
    let problem = Problem {
        line: 1,
        column: 5,
        length: 4,
        message: "`mmpa` is not known".into(),
        hint: Some("did you mean `mmap`?".into()),
        text: "p = mmpa(0);".into(),
    };
    let line = Line::Refused {
        pid: Pid(100),
        text: "p = mmpa(0);".into(),
        problems: vec![problem],
    };
    let (root, _) = console(vec![line]).await;
    assert_eq!(text(&root, ".wrong .where"), "1:5 ");
    assert_eq!(text(&root, ".wrong u"), "mmpa");
    assert!(text(&root, ".wrong .hint").contains("did you mean mmap?"));
}
