/** The page: toolbar, map, panels. */

import { useEffect, useState } from "preact/hooks";

import { MapView } from "./map/map";
import { receive } from "./panels/given";
import { follow } from "./shell/address";
import { Dialogs } from "./shell/dialogs";
import { obey } from "./shell/keyboard";
import { begin } from "./shell/model";
import { Tabs } from "./shell/tabs";
import { Toolbar } from "./shell/toolbar";

export function App() {
  useState(begin);
  useEffect(() => {
    const ends = [follow(), receive()];
    addEventListener("keydown", obey);
    return () => {
      ends.forEach((end) => end());
      removeEventListener("keydown", obey);
    };
  }, []);
  return (
    <>
      <Toolbar />
      <main>
        <MapView />
        <Tabs />
      </main>
      <Dialogs />
    </>
  );
}
