/** One life of the bot on a store that outlives it: `poison-child.ts STORE FAILPOINTS [MESSAGE…]`; prints what it said. */
import { World } from './world.ts';
import { parseFailpoints, setFailpoints } from '#src/failpoints.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const [path = '', points = '', ...messages] = process.argv.slice(2);
const failpoints = parseFailpoints(points);
if (typeof failpoints === 'string') throw new Error(failpoints);

await using world = await World.open();
await world.bot.close();
world.store.close();
world.store = new SqliteStore(path);
setFailpoints(failpoints);
await world.startBot();
for (const text of messages) world.say(text);
await world.settled();
process.stdout.write(JSON.stringify(world.platform.texts));
