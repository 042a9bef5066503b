import { type Markup, xml } from "../../core/xml.ts";
import type { Contact } from "../../model/metadata.ts";
import { element } from "./markup.ts";

/** `ContactInformation`, the same in all versions that have it; nothing if nobody is named. */
export function contactInformation(contact: Contact | null | undefined): Markup | undefined {
  if (!contact || Object.keys(contact).length === 0) return undefined;
  return xml`<ContactInformation>
<ContactPersonPrimary>
${element("ContactPerson", contact.person)}${element("ContactOrganization", contact.organization)}</ContactPersonPrimary>
${element("ContactPosition", contact.position)}<ContactAddress>
${element("AddressType", contact.address_type ?? "postal")}${element("Address", contact.address)}${element("City", contact.city)}${element("StateOrProvince", contact.state)}${element("PostCode", contact.postcode)}${element("Country", contact.country)}</ContactAddress>
${element("ContactVoiceTelephone", contact.phone)}${element("ContactFacsimileTelephone", contact.fax)}${element("ContactElectronicMailAddress", contact.email)}</ContactInformation>
`;
}
