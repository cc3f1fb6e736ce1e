
"use strict";
const live = document.getElementById("live");
const contact = document.getElementById("contact");
let delay = 1000;

// Makes one element like another, and leaves alone what is the same: a selection, the focus, a place in a list.
function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    after.forEach((node, at) => (at < before.length ? become(before[at], node) : old.append(node)));
    before.slice(after.length).forEach((node) => node.remove());
  }
}

function show(view) {
  const fresh = live.cloneNode(false);
  fresh.innerHTML = view;
  become(live, fresh);
  document.title = live.querySelector("h1").textContent;
}

function listen() {
  const events = new EventSource(location.href);
  const heard = ({ data }) => {
    show(data);
    contact.hidden = true;
    delay = 1000;
  };
  events.onmessage = heard;
  // The group has ended, and its server goes on: nothing more comes.
  events.addEventListener("end", (event) => {
    events.close();
    heard(event);
  });
  events.onerror = () => {
    events.close();
    if (contact.hidden) contact.textContent = `No contact since ${new Date().toLocaleTimeString()}: this is how it was then.`;
    contact.hidden = false;
    setTimeout(listen, delay);
    delay = Math.min(delay * 2, 15000);
  };
}

listen();
