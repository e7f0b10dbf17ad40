// Captions of the players on a candidate's or coordinator's page. Loaded in addition to the page's own script, only if
// there is a player with captions.

import { connectPlayers } from "../player/players.js";

connectPlayers();

export { connectPlayers };
