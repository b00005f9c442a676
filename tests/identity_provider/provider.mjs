// A real OpenID provider (the certified oidc-provider) for the browser tests. Its own sign-in page takes any name; the
// name is the subject. Arguments: port, redirect address of the client, client secret.
import { Provider } from 'oidc-provider';

const [port, redirect, secret] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'yilian', client_secret: secret, redirect_uris: [redirect], token_endpoint_auth_method: 'client_secret_post',
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
