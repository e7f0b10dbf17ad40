// Captions of the players on a candidate's or coordinator's page, in addition to the page's own script. It is loaded
// only where there is a player with captions.

import { connectPlayers } from "../player/players.js";

connectPlayers();

export { connectPlayers };
